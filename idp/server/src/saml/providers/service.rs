//! The service that the phone shows for a provider.

use idp_core::service::Service;
use idp_types::{AtomicScope, ServiceId};
use saml::provider::{AttributeRule, ServiceProvider};
use serde_json::{Map, Value, json};
use url::Url;

use super::document::wrong;
use crate::app::App;
use crate::conditional::Writer;
use crate::http::parse_json;
use crate::problem::{Code, Problem};
use crate::saml::attempt::ceiling_of;
use crate::services::{ServiceInput, create_service};

/// The longest name of a service, in characters.
const NAME: usize = 64;

/// Where people go: the page of the default consumer.
fn page_of(provider: &ServiceProvider) -> Option<Url> {
    let consumer = provider
        .default_consumer()
        .or_else(|| provider.consumers.first())?;
    Url::parse(&consumer.location).ok()
}

/// The service of the host where responses go.
pub(super) fn usual(provider: &ServiceProvider) -> Result<ServiceId, Problem> {
    let page = page_of(provider);
    let host = page.as_ref().and_then(Url::host_str);
    host.and_then(|host| ServiceId::parse(host).ok())
        .ok_or_else(|| wrong("serviceId", "a service has to be named"))
}

/// The scopes that attributes need lie within what the service may ask for: the phone would refuse the rest.
fn check_ceiling(provider: &ServiceProvider, service: &Service) -> Result<(), Problem> {
    if AttributeRule::scopes(&provider.policy.attributes).is_within(ceiling_of(service)) {
        Ok(())
    } else {
        Err(wrong(
            "attributes",
            "an attribute goes beyond what its service may ask for",
        ))
    }
}

/// Looks after the service of a provider: it is there and may ask for the attributes, or it is made.
///
/// # Errors
/// `invalid_request` with the member that is wrong.
pub(super) async fn settle(
    app: &App,
    provider: &ServiceProvider,
    members: &Map<String, Value>,
    writer: &Writer<'_, ServiceProvider>,
) -> Result<(), Problem> {
    if let Some(service) = app.durable.service(&provider.service_id).await? {
        return check_ceiling(provider, &service.value);
    }
    let input = described(provider, members.clone())?;
    let service = input.check(app.config.demo, app.now())?;
    check_ceiling(provider, &service)?;
    if writer.is_plan {
        return Ok(());
    }
    match create_service(app, &input, writer.actor.clone()).await {
        // Somebody made it meanwhile.
        Err(problem) if problem.code() == Code::Conflict => Ok(()),
        made => made.map(|_| ()),
    }
}

/// The service's members; what is not said follows from the provider.
fn described(provider: &ServiceProvider, mut members: Map<String, Value>) -> Result<ServiceInput, Problem> {
    let page = page_of(provider);
    let is_name = provider.display_name != provider.entity_id.as_str();
    let host = page.as_ref().and_then(Url::host_str).unwrap_or_default();
    let name = if is_name {
        provider.display_name.as_str()
    } else {
        host
    };
    let name: String = name.chars().take(NAME).collect();
    let scopes = AttributeRule::scopes(&provider.policy.attributes);
    let scopes: Vec<&str> = scopes.iter().map(AtomicScope::as_str).collect();
    members.insert("serviceId".to_owned(), json!(provider.service_id));
    members.entry("name").or_insert_with(|| json!(name));
    members.entry("allowedScopes").or_insert_with(|| json!(scopes));
    if let Some(page) = page {
        let origin = page.origin().ascii_serialization();
        members.entry("url").or_insert_with(|| json!(origin));
    }
    let text = serde_json::to_vec(&members).map_err(|_| Problem::new(Code::Internal))?;
    parse_json(&text)
}
