//! A login that begins here (Profiles 4.1.5), where the operator lets one.

use idp_types::Timestamp;

use super::checked::CheckedRequest;
use super::consumer::{Consumer, ConsumerError};
use crate::binding::RelayState;
use crate::provider::ServiceProvider;

/// Why a login does not begin here. The person sees a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsolicitedError {
    /// The operator does not let one.
    #[error("a login at this service provider does not begin here")]
    NotAllowed,
    /// The metadata of the provider has ended.
    #[error("the metadata of the service provider has expired")]
    Expired,
    /// There is nowhere to answer to.
    #[error(transparent)]
    Consumer(#[from] ConsumerError),
}

/// What a service provider gets unasked: its defaults, at its default consumer. `target` is the word that it is sent to know where the
/// person wants to go.
///
/// # Errors
/// [`UnsolicitedError`] when the operator does not let a login begin here, or the provider cannot be answered.
pub fn unsolicited(
    provider: &ServiceProvider,
    target: Option<RelayState>,
    now: Timestamp,
) -> Result<CheckedRequest, UnsolicitedError> {
    if !provider.policy.idp_initiated {
        return Err(UnsolicitedError::NotAllowed);
    }
    if provider.source.has_ended(now) {
        return Err(UnsolicitedError::Expired);
    }
    let consumer = provider.default_consumer().ok_or(ConsumerError::None)?;
    Ok(CheckedRequest {
        provider: provider.entity_id.clone(),
        in_response_to: None,
        replay: None,
        consumer: Consumer::from(consumer),
        relay_state: target,
        is_signed: false,
        force_authn: false,
        is_passive: false,
        name_id_format: provider.default_name_id_format(),
        allow_create: true,
        subject: None,
        context: None,
        attributes: provider.policy.attributes.clone(),
    })
}
