//! The values of attributes: of what a provider may be told, that which the person granted (profile 1.6, 9).

use idp_types::ClaimSet;

use crate::names::saml;
use crate::provider::{AttributeRule, AttributeSource};
use crate::xml::Writer;

/// An attribute with its values, one element each (SDP-IDP20).
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `Name`.
    pub name: String,
    /// `NameFormat`.
    pub name_format: Option<String>,
    /// `FriendlyName`.
    pub friendly_name: Option<String>,
    /// The values.
    pub values: Vec<String>,
}

/// Names only: values are a person's.
impl std::fmt::Debug for Attribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attribute({})", self.name)
    }
}

/// What is known of the person for one provider.
#[derive(Clone, Copy)]
pub struct Released<'a> {
    /// The claims that the person granted to this provider; what was denied is absent.
    pub claims: &'a ClaimSet,
    /// The first tokenId of the chain, for providers whose subject is public.
    pub token_id: Option<&'a str>,
    /// The name of the person at this provider alone.
    pub pairwise: &'a str,
    /// The scope of subject identifiers, a domain name.
    pub scope: &'a str,
    /// The account that the operator linked.
    pub account: Option<&'a str>,
}

/// The attributes that have a value.
pub fn release(rules: &[AttributeRule], released: Released<'_>) -> Vec<Attribute> {
    rules
        .iter()
        .filter_map(|rule| {
            let values = values(&rule.source, released);
            (!values.is_empty()).then(|| Attribute {
                name: rule.name.clone(),
                name_format: rule.name_format.clone(),
                friendly_name: rule.friendly_name.clone(),
                values,
            })
        })
        .collect()
}

fn values(source: &AttributeSource, released: Released<'_>) -> Vec<String> {
    if let AttributeSource::Constant(values) = source {
        return values.clone();
    }
    value(source, released).into_iter().collect()
}

fn value(source: &AttributeSource, released: Released<'_>) -> Option<String> {
    let claims = released.claims;
    let flag = |value: Option<bool>| value.map(|value| value.to_string());
    let scoped = |value: &str| format!("{}@{}", identifier(value), released.scope);
    match source {
        AttributeSource::TokenId => released.token_id.map(str::to_owned),
        AttributeSource::GivenName => claims.given_name.clone(),
        AttributeSource::FamilyName => claims.family_name.clone(),
        AttributeSource::Name => claims.name.clone(),
        AttributeSource::DateOfBirth => claims.birthdate.map(|date| date.to_string()),
        AttributeSource::Nationality => claims.nationality.clone(),
        AttributeSource::DocumentNumber => claims.document_number.clone(),
        AttributeSource::TrustLevel => claims.trust_level.map(|level| level.to_string()),
        AttributeSource::AgeOver18 => flag(claims.age_over_18),
        AttributeSource::AgeOver21 => flag(claims.age_over_21),
        AttributeSource::AgeOver25 => flag(claims.age_over_25),
        AttributeSource::AgeRange => claims.age_range.clone(),
        AttributeSource::IsEuCitizen => flag(claims.is_eu_citizen),
        AttributeSource::NameInitial => claims.name_initial.clone(),
        AttributeSource::Photo => claims.picture.clone(),
        AttributeSource::PairwiseId => Some(scoped(released.pairwise)),
        AttributeSource::SubjectId => released.token_id.map(scoped),
        AttributeSource::Account => released.account.map(str::to_owned),
        AttributeSource::Constant(_) => None,
    }
}

/// The part before the `@` of a subject identifier, whose alphabet is letters, digits, `-` and `=`, and which is compared without case
/// (Subject Identifier Attributes 3.3.1, 3.4.1): the value's octets in hexadecimal.
fn identifier(value: &str) -> String {
    idp_types::encoding::lowerhex(&hash(value))
}

fn hash(value: &str) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    Sha256::digest(value.as_bytes()).to_vec()
}

/// Writes `saml:AttributeStatement`, unless there is nothing to tell.
pub(super) fn write(writer: &mut Writer, attributes: &[Attribute]) {
    if attributes.is_empty() {
        return;
    }
    writer.open(saml("AttributeStatement"), &[]);
    for attribute in attributes {
        writer.open(
            saml("Attribute"),
            &[
                ("FriendlyName", attribute.friendly_name.as_deref()),
                ("Name", Some(&attribute.name)),
                ("NameFormat", attribute.name_format.as_deref()),
            ],
        );
        for value in &attribute.values {
            writer.leaf(saml("AttributeValue"), &[], value);
        }
        writer.close();
    }
    writer.close();
}
