//! `urn:openid:params:grant-type:ciba` (CIBA 10.1, 11): asked until there is an answer, which is given once.

use idp_store::durable::ConsumptionKind;
use oidc::ciba::transaction::{UNKNOWN, grant_of};
use oidc::client::GrantType;
use oidc::polled::{DENIED, EXPIRED};
use oidc::token::TokenResponse;

use super::transactions;
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
    let auth_req_id = request
        .parameters
        .required("auth_req_id", "auth_req_id is missing")?;
    let Some(mut transaction) = transactions::load(app, auth_req_id).await? else {
        polled::count_unknown(app, request).await?;
        return Err(UNKNOWN.into());
    };
    let asked = &mut transaction.request;
    asked.check_client(request.client(), UNKNOWN)?;
    match answer_of(app, &transaction.session_id).await? {
        Answered::Waiting => {
            let error = asked.waiting(request.now);
            transactions::save(app, auth_req_id, &transaction).await?;
            Err(error.into())
        }
        Answered::Rejected(_) => Err(DENIED.into()),
        // Either way the client begins again (CIBA Core 11).
        Answered::Expired | Answered::Interrupted => Err(EXPIRED.into()),
        Answered::Approved(released) => {
            let answer = PolledAnswer {
                request: &transaction.request,
                acr: transaction.approved(&released.authentication)?,
                released: *released,
                secret: auth_req_id,
                grant_id: grant_of(auth_req_id),
                grant: GrantType::Ciba,
                consumed: ConsumptionKind::CibaRequest,
            };
            let tokens = polled::issue(app, request, answer, UNKNOWN).await?;
            transactions::forget(app, auth_req_id).await?;
            Ok(tokens)
        }
    }
}
