//! An approval reaches a device (RFC 8628 3.3): the device's request takes it down in one step, and the browser's part is over.

use axum::response::Response;
use http::header;
use oidc::authentication::Released;
use oidc::device::Standing;

use super::Unavailable;
use super::complete::remember;
use super::record::Interaction;
use crate::app::App;
use crate::oidc::authorize::Visitor;
use crate::oidc::device::{self, Entered};
use crate::pages::oidc::{DeviceDone, Locale, device_done};

/// Approves the device's request. Who presses twice is told the same.
pub(super) async fn approve(
    app: &App,
    visitor: Visitor<'_>,
    (interaction, entered): (&Interaction, &Entered),
    released: &Released,
) -> Result<Response, Unavailable> {
    let asking = interaction.asking.as_ref().ok_or(Unavailable::Gone)?;
    let session = &asking.session_id;
    let approved = (session, &released.authentication);
    let outcome = match device::approve(app, &entered.key, approved).await? {
        Standing::Approved(own) if own == *session => DeviceDone::Approved,
        // Another browser had the same code, and its person was first.
        Standing::Approved(_) => return Err(Unavailable::Gone),
        standing => done(&standing),
    };
    let mut response = tell(visitor, entered, outcome);
    if let Some(cookie) = remember(app, interaction) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The person does not want to.
pub(super) async fn refuse(
    app: &App,
    visitor: Visitor<'_>,
    entered: &Entered,
) -> Result<Response, Unavailable> {
    let standing = device::deny(app, &entered.key).await?;
    Ok(tell(visitor, entered, done(&standing)))
}

const fn done(standing: &Standing) -> DeviceDone {
    match standing {
        Standing::Approved(_) => DeviceDone::Approved,
        Standing::Denied => DeviceDone::Denied,
        Standing::Open | Standing::Expired => DeviceDone::Expired,
    }
}

fn tell(visitor: Visitor<'_>, entered: &Entered, outcome: DeviceDone) -> Response {
    device_done(Locale::of(Some(&entered.ui_locales), visitor.headers), outcome)
}
