//! The name of the person in an assertion.

use super::attributes::Released;
use crate::identifier::EntityId;
use crate::name_id::{NameId, NameIdFormat};
use crate::provider::ServiceProvider;
use crate::status::{Detail, Status};

/// Names the person to a provider. `transient` is a fresh random value, used for that format alone.
///
/// A persistent name is the person's own at this provider, or the tokenId where the operator made subjects public; it says whom it holds
/// between. Formats that need an account have nothing but the account.
///
/// # Errors
/// `InvalidNameIDPolicy` when the format needs an account and the person has none at this provider.
pub fn name_person(
    format: NameIdFormat,
    (issuer, provider): (&EntityId, &ServiceProvider),
    released: Released<'_>,
    transient: &str,
) -> Result<NameId, Status> {
    let public = released.token_id.filter(|_| provider.policy.public_subject);
    let value = match format {
        NameIdFormat::Persistent => Some(public.unwrap_or(released.pairwise)),
        NameIdFormat::Transient => Some(transient),
        NameIdFormat::EmailAddress | NameIdFormat::Unspecified => released.account,
    };
    let value = value.ok_or_else(|| {
        Status::requester(
            Detail::InvalidNameIdPolicy,
            "the person has no account at this service provider",
        )
    })?;
    let qualified = format == NameIdFormat::Persistent;
    Ok(NameId {
        value: value.to_owned(),
        format: Some(format.uri().to_owned()),
        name_qualifier: qualified.then(|| issuer.as_str().to_owned()),
        sp_name_qualifier: qualified.then(|| provider.entity_id.as_str().to_owned()),
    })
}
