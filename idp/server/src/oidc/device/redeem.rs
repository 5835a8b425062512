//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 3.4, 3.5): asked until there is an answer, which is given once.

use idp_store::durable::ConsumptionKind;
use oidc::client::GrantType;
use oidc::device::{DeviceTransaction, Standing, UNKNOWN, grant_of};
use oidc::polled::{DENIED, EXPIRED};
use oidc::token::TokenResponse;

use super::transactions::{change, key_of_device_code, load, settled};
use crate::app::App;
use crate::approval::protocol::{Answered, answer_of};
use crate::oidc::failure::OidcFailure;
use crate::oidc::polled::{self, PolledAnswer};
use crate::oidc::token::GrantRequest;

/// Answers the token endpoint.
pub(in crate::oidc) async fn redeem(
    app: &App,
    request: &GrantRequest<'_>,
) -> Result<TokenResponse, OidcFailure> {
    let device_code = request
        .parameters
        .required("device_code", "device_code is missing")?;
    let Some((key, transaction)) = find(app, device_code).await? else {
        polled::count_unknown(app, request).await?;
        return Err(UNKNOWN.into());
    };
    transaction.request.check_client(request.client(), UNKNOWN)?;
    match settled(app, &key, &transaction).await? {
        Standing::Denied => Err(DENIED.into()),
        Standing::Expired => Err(EXPIRED.into()),
        Standing::Open => {
            let asked = change(app, &key, |transaction| transaction.request.waiting(request.now)).await?;
            Err(asked.map_or(EXPIRED, |(_, error)| error).into())
        }
        Standing::Approved(session) => match answer_of(app, &session).await? {
            Answered::Approved(released) => {
                let answer = PolledAnswer {
                    request: &transaction.request,
                    acr: transaction.request.met_by(&released.authentication)?,
                    released: *released,
                    secret: device_code,
                    grant_id: grant_of(device_code),
                    grant: GrantType::DeviceCode,
                    consumed: ConsumptionKind::DeviceCode,
                };
                polled::issue(app, request, answer, UNKNOWN).await
            }
            _ => Err(EXPIRED.into()),
        },
    }
}

async fn find(app: &App, device_code: &str) -> Result<Option<(String, DeviceTransaction)>, OidcFailure> {
    let Some(key) = key_of_device_code(device_code) else {
        return Ok(None);
    };
    let found = load(app, &key).await?;
    Ok(found.map(|transaction| (key, transaction)))
}
