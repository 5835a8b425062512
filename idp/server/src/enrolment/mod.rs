//! Enrolled phones (profile 1, 2 and 11): how a device comes, what it may change, how it goes, and what takes a tokenId over.
//!
//! The seal passes through here once. It is verified, the holder's key and the seal's fingerprint are kept, its attributes go
//! back to the phone as the enrolment credential, and nothing else of it is stored, logged or echoed (profile 1.1).
//!
//! | specification | module |
//! |---|---|
//! | profile 2, `POST /enroll/challenge` and the proof | `challenge`, `proof` |
//! | profile 2, `POST /enroll` | `enrol`, `admission`, `push`, `seal` |
//! | profile 2, admission `attested` | `attestation` |
//! | profile 1.1, 1.2, 1.4 | `credential` |
//! | profile 2, the device's own requests | `channels`, `devices`, `redirect`, `remove`, `renew` |
//! | profile 11 | `revoke`, `supersede`, `settle` |

mod admission;
mod attestation;
mod challenge;
mod channels;
mod credential;
mod devices;
mod enrol;
#[cfg(test)]
pub(crate) mod fixture;
mod proof;
mod push;
mod redirect;
mod refusal;
mod remove;
mod renew;
mod revoke;
mod seal;
mod settle;
mod supersede;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use idp_core::audit::AuditFact;
use idp_store::{Change, Commit};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use credential::{presented_from_seal, verify_presentation};
pub(crate) use revoke::{announce, reason_name, revoke_enrolment};
pub(crate) use settle::complete_due;
pub(crate) use supersede::{
    SealPair, Succession, cancel_supersession, confirm_supersession, request_supersession, supersede_by_seals,
};

use crate::app::App;
use crate::http::DeviceRequest;
use crate::problem::Problem;

/// How often a decision is made again because its holder changed meanwhile.
const TRIES: usize = 5;

/// The routes that phones call to enrol and to look after their enrolment.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(challenge::challenge))
        .routes(routes!(enrol::enrol))
        .routes(routes!(channels::push_channels, redirect::redirect_push))
        .routes(routes!(renew::renew_credential))
        .routes(routes!(devices::list_devices))
        .routes(routes!(remove::remove_device))
}

/// Records a fact that changes nothing else.
async fn note(app: &App, fact: AuditFact) -> Result<(), Problem> {
    let record = app.audit.record(&*app.durable, fact, app.now()).await?;
    app.durable
        .commit(Commit {
            changes: Vec::new(),
            audit: vec![record],
        })
        .await?;
    Ok(())
}

/// Refuses a commit whose signer was revoked since its signature was checked.
pub(crate) fn require_active(request: &DeviceRequest) -> Change {
    Change::RequireActiveDevice {
        token_id: request.token_id().clone(),
        device_id: request.device_id.clone(),
    }
}

/// Fuzz entry: what a stranger's enrolment says is read without a panic.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    push::fuzz(data);
    proof::fuzz(data);
    attestation::fuzz(data);
    credential::fuzz(data);
}
