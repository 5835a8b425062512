//! A service written whole: made, replaced, or left as it is when it is so already.

use idp_core::service::Service;
use idp_store::Versioned;
use idp_types::ServiceId;

use super::input::ServiceInput;
use super::manage::{IssuedService, change, insert};
use crate::app::App;
use crate::conditional::{Effect, Writer};
use crate::problem::{Code, Problem};

/// How often a service is looked for again because somebody made it meanwhile.
const TRIES: usize = 3;

/// Makes a service with both of its secrets, or replaces everything of it but the secrets.
///
/// # Errors
/// `invalid_request` with the member that is wrong; what the writer's condition says.
pub(crate) async fn put_service<'a>(
    app: &App,
    (input, enabled): (&ServiceInput, bool),
    writer: impl Into<Writer<'a, Service>>,
) -> Result<(IssuedService, Effect), Problem> {
    let writer = writer.into();
    for _ in 0..TRIES {
        if app.durable.service(&input.service_id).await?.is_some() {
            let described = |_: &Service| Ok((input.clone(), enabled));
            let (service, effect) = replace_service(app, &input.service_id, writer, described).await?;
            let kept = IssuedService {
                service,
                secret: None,
                response_secret: None,
            };
            return Ok((kept, effect));
        }
        (writer.guard)(None)?;
        let mut service = input.check(app.config.demo, app.now())?;
        service.enabled = enabled;
        if let Some(issued) = insert(app, service, &writer).await? {
            return Ok((issued, Effect::Created));
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// Replaces everything of a service but its secrets by what `described` makes of it, and whether it answers.
///
/// # Errors
/// `invalid_request` with the member that is wrong; `service_not_found`; what the writer's condition says.
pub(crate) async fn replace_service<'a>(
    app: &App,
    service_id: &ServiceId,
    writer: impl Into<Writer<'a, Service>>,
    described: impl Fn(&Service) -> Result<(ServiceInput, bool), Problem> + Send + Sync,
) -> Result<(Versioned<Service>, Effect), Problem> {
    let replaced = |old: &mut Service| {
        let (input, enabled) = described(old)?;
        let checked = input.check(app.config.demo, app.now())?;
        *old = Service {
            secrets: std::mem::take(&mut old.secrets),
            response_secrets: std::mem::take(&mut old.response_secrets),
            enabled,
            created_at: old.created_at,
            updated_at: old.updated_at,
            ..checked
        };
        Ok(())
    };
    change(app, service_id, (&writer.into(), "updated"), replaced).await
}
