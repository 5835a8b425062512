//! `Subject`: the person who is meant (Core 3.4.1).

use super::message::RequestedSubject;
use crate::name_id::NameId;
use crate::status::{Detail, Status};

/// The name that the person who logs in must have.
///
/// # Errors
/// `RequestUnsupported` when the person is not named plainly.
pub(super) fn named(subject: Option<&RequestedSubject>) -> Result<Option<NameId>, Status> {
    match subject {
        None => Ok(None),
        Some(RequestedSubject::Named(name)) => Ok(Some(name.clone())),
        Some(RequestedSubject::Other) => Err(Status::requester(
            Detail::RequestUnsupported,
            "the subject is not a plain name without confirmation",
        )),
    }
}
