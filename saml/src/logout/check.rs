//! The checks of logout messages. Both are signed, without exception: anybody's word ends no session.

use idp_types::Timestamp;

use super::message::{LogoutRequest, LogoutResponse};
use crate::identifier::{EntityId, MessageId, SessionIndex};
use crate::name_id::NameId;
use crate::request::{SKEW, check_destination, check_instant};
use crate::status::{Detail, Status};

/// How a person is known to one provider in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionName<'a> {
    /// The name that the provider was given.
    pub name_id: &'a NameId,
    /// The index that it was given.
    pub session_index: &'a SessionIndex,
}

/// What a logout message met.
#[derive(Debug, Clone, Copy)]
pub struct LogoutCircumstances<'a> {
    /// The time.
    pub now: Timestamp,
    /// Our addresses that take logout messages by this binding.
    pub own: &'a [&'a str],
}

/// Checks a request against the sessions that its sender takes part in, and names those that end.
///
/// # Errors
/// The status that the sender is answered with; `UnknownPrincipal` when it takes part in no such session.
pub fn check_logout<'s>(
    request: &LogoutRequest,
    circumstances: LogoutCircumstances<'_>,
    sessions: &'s [SessionName<'s>],
) -> Result<Vec<&'s SessionName<'s>>, Status> {
    check_instant(&request.head, circumstances.now)?;
    check_destination(&request.head, circumstances.own, true)?;
    let over = request
        .not_on_or_after
        .is_some_and(|end| end.plus_seconds(SKEW) <= circumstances.now);
    if over {
        return Err(Status::requester(
            Detail::RequestDenied,
            "the request has expired",
        ));
    }
    let ends: Vec<_> = sessions
        .iter()
        .filter(|session| session.name_id.is_same(&request.name_id) && is_named(request, session))
        .collect();
    if ends.is_empty() {
        return Err(Status::requester(
            Detail::UnknownPrincipal,
            "the provider takes part in no such session",
        ));
    }
    Ok(ends)
}

fn is_named(request: &LogoutRequest, session: &SessionName<'_>) -> bool {
    request.session_indexes.is_empty()
        || request
            .session_indexes
            .iter()
            .any(|index| index == session.session_index.as_str())
}

/// Checks an answer to a request of ours.
///
/// # Errors
/// The status that explains why it counts as no answer.
pub fn check_logout_response(
    response: &LogoutResponse,
    circumstances: LogoutCircumstances<'_>,
    (asked, with): (&EntityId, &MessageId),
) -> Result<(), Status> {
    check_instant(&response.head, circumstances.now)?;
    check_destination(&response.head, circumstances.own, true)?;
    if response.head.issuer != *asked || response.in_response_to != *with {
        return Err(Status::requester(
            Detail::RequestDenied,
            "the response answers another request",
        ));
    }
    Ok(())
}
