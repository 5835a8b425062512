//! Before a credential leaves: it is read again, and must say what was granted and nothing else.

use idp_jose::Jwk;
use serde_json::Value;

use super::{ReadError, Seen, read};
use crate::credential::{Attribute, AttributeValue, alpha2};
use crate::format::{Format, Holder, Issuance};

/// In what a finished credential differs from what was granted. It must not leave, and somebody must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// It cannot be read again.
    #[error("the credential cannot be read again")]
    Unreadable(#[from] ReadError),
    /// Another format, type, issuer or key.
    #[error("{0} is another one")]
    Name(&'static str),
    /// Another value than the granted one, one too many, or one missing.
    #[error("the claims are not the granted ones")]
    Claims,
    /// Other times.
    #[error("the times are others")]
    Times,
    /// Another holder.
    #[error("the holder is another one")]
    Holder,
    /// Another place in the status table, or none.
    #[error("the status is another one")]
    Status,
}

/// Reads `credential`, made in `format` from `issuance`, and compares.
///
/// # Errors
/// [`Mismatch`].
pub fn self_check(credential: &str, format: Format, issuance: &Issuance<'_>) -> Result<(), Mismatch> {
    let seen = read(credential)?;
    names(&seen, format, issuance)?;
    claims(&seen, format, issuance)?;
    let times = issuance.validity;
    if (seen.from, seen.until) != (times.from().unix_seconds(), times.until().unix_seconds()) {
        return Err(Mismatch::Times);
    }
    let holder = match &issuance.copy.holder {
        Holder::Key(key) => Some(Jwk::thumbprint(key)),
        Holder::Bearer | Holder::TokenId(_) => None,
    };
    if seen.holder != holder {
        return Err(Mismatch::Holder);
    }
    let issuer = issuance.issuer;
    let status = issuance.copy.status.map(|entry| match format {
        Format::DcSdJwt | Format::MsoMdoc => (issuer.token_list(entry.list), entry.index),
        _ => (issuer.bitstring_list(entry.list), entry.index),
    });
    if seen.status == status {
        Ok(())
    } else {
        Err(Mismatch::Status)
    }
}

fn names(seen: &Seen, format: Format, issuance: &Issuance<'_>) -> Result<(), Mismatch> {
    let (issuer, kind) = (issuance.issuer, issuance.subject.credential_type());
    let (name, own_issuer) = match format {
        Format::DcSdJwt => (issuer.vct(kind), Some(issuer.base())),
        Format::MsoMdoc => (issuer.doc_type(kind), None),
        _ => (kind.name().to_owned(), Some(issuer.did())),
    };
    if seen.format != format {
        return Err(Mismatch::Name("format"));
    }
    if seen.credential_type != name {
        return Err(Mismatch::Name("type"));
    }
    if seen.issuer.as_deref() != own_issuer {
        return Err(Mismatch::Name("issuer"));
    }
    Ok(())
}

/// The same attributes with the same values, whatever the format calls them.
fn claims(seen: &Seen, format: Format, issuance: &Issuance<'_>) -> Result<(), Mismatch> {
    let vocabulary = format.vocabulary();
    let agree = seen.attributes.iter().all(|(name, said)| {
        let granted =
            Attribute::named(name, vocabulary).and_then(|attribute| issuance.subject.get(attribute));
        granted.is_some_and(|granted| means(said, granted))
    });
    if agree && seen.attributes.len() == issuance.subject.iter().count() {
        Ok(())
    } else {
        Err(Mismatch::Claims)
    }
}

fn means(said: &Value, granted: &AttributeValue) -> bool {
    match granted {
        AttributeValue::Text(text) => said.as_str() == Some(text),
        AttributeValue::Date(date) => said.as_str().and_then(idp_types::CivilDate::parse) == Some(*date),
        AttributeValue::Number(number) => said.as_u64() == Some(u64::from(*number)),
        AttributeValue::Holds(holds) => said.as_bool() == Some(*holds),
        AttributeValue::Country(code) => match said {
            Value::String(said) => said == code,
            Value::Array(said) => said.as_slice() == [Value::from(alpha2(code))],
            _ => false,
        },
    }
}
