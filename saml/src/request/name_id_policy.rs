//! `NameIDPolicy`: which kind of identifier the answer has (Core 3.4.1.1).

use super::message::NameIdPolicy;
use crate::name_id::NameIdFormat;
use crate::provider::ServiceProvider;
use crate::status::{Detail, Status};

/// Chooses the format. An address needs an account link of this person, which is known only after the login.
///
/// # Errors
/// `InvalidNameIDPolicy`, when the format is none of ours or the identifier is wanted for somebody else.
pub fn choose_format(
    policy: Option<&NameIdPolicy>,
    provider: &ServiceProvider,
) -> Result<NameIdFormat, Status> {
    let refused = |message| Status::requester(Detail::InvalidNameIdPolicy, message);
    let Some(policy) = policy else {
        return Ok(provider.default_name_id_format());
    };
    let qualifier = policy.sp_name_qualifier.as_deref();
    if qualifier.is_some_and(|qualifier| qualifier != provider.entity_id.as_str()) {
        return Err(refused("SPNameQualifier names another provider"));
    }
    match policy.format.as_deref() {
        None => Ok(provider.default_name_id_format()),
        Some(uri) => match NameIdFormat::parse(uri) {
            Some(NameIdFormat::Unspecified) => Ok(provider.default_name_id_format()),
            Some(format) => Ok(format),
            None => Err(refused("the format is not supported")),
        },
    }
}
