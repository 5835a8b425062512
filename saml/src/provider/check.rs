//! What an operator may decide about a provider: limits, and decisions that contradict each other or the metadata.

use super::attribute::{AttributeRule, AttributeSource};
use super::policy::{EncryptWhen, Policy};
use super::record::ServiceProvider;

/// The most rules, classes or audiences of one provider.
const ITEMS: usize = 64;

/// The longest name or value, in characters: the identifiers of the specifications, and room for roles of AWS.
const TEXT: usize = 512;

/// The longest name of a variant.
const VARIANT: usize = 64;

/// Which decision cannot stand, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A name of a variant that is no path segment.
    #[error(
        "a variant has 1 to 64 lower-case letters, digits, dots and hyphens, and begins with a letter or digit"
    )]
    Variant,
    /// More than 64 of something.
    #[error("there are more than 64 of them")]
    Many(&'static str),
    /// A name or value that is empty, too long, or cannot stand in XML.
    #[error("a name or value is empty, longer than 512 characters or has a control character")]
    Text(&'static str),
    /// Two attributes of one name.
    #[error("two attributes have the same name")]
    Repeated,
    /// An attribute that tells a tokenId, for a provider that may not see it.
    #[error("tokenId and subject-id are released where publicSubject is true")]
    Pairwise,
    /// No algorithm that the provider may sign with.
    #[error("at least one algorithm has to be allowed")]
    Algorithms,
    /// Encryption without a key.
    #[error("encryption is required, and the metadata has no key to encrypt to")]
    EncryptionKey,
    /// Signatures that nobody can check.
    #[error("signed requests are required, and the metadata has no signing key")]
    SigningKey,
}

impl PolicyError {
    /// The member that is wrong, as the admin interface names it.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Variant => "variant",
            Self::Many(member) | Self::Text(member) => member,
            Self::Repeated | Self::Pairwise => "attributes",
            Self::Algorithms => "signatureAlgorithms",
            Self::EncryptionKey => "encryption",
            Self::SigningKey => "requireSignedRequests",
        }
    }
}

impl Policy {
    /// Whether these decisions can stand.
    ///
    /// # Errors
    /// [`PolicyError`] with the first that cannot.
    pub fn check(&self) -> Result<(), PolicyError> {
        if !self.variant.as_deref().is_none_or(is_variant) {
            return Err(PolicyError::Variant);
        }
        let counts = [
            ("attributes", self.attributes.len()),
            ("contexts", self.contexts.len()),
            ("audiences", self.audiences.len()),
        ];
        if let Some((member, _)) = counts.into_iter().find(|(_, count)| *count > ITEMS) {
            return Err(PolicyError::Many(member));
        }
        let texts = |member, mut texts: Vec<&str>| {
            texts.retain(|text| !is_text(text));
            if texts.is_empty() {
                Ok(())
            } else {
                Err(PolicyError::Text(member))
            }
        };
        texts("attributes", self.attributes.iter().flat_map(texts_of).collect())?;
        texts(
            "contexts",
            self.contexts.iter().map(|rule| rule.class.as_str()).collect(),
        )?;
        texts("audiences", self.audiences.iter().map(String::as_str).collect())?;
        texts(
            "defaultContext",
            self.default_context.as_deref().into_iter().collect(),
        )?;
        self.check_attributes()?;
        if self.signature_algorithms.is_empty() {
            return Err(PolicyError::Algorithms);
        }
        Ok(())
    }

    fn check_attributes(&self) -> Result<(), PolicyError> {
        let mut names: Vec<&str> = self.attributes.iter().map(|rule| rule.name.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        if names.len() < count {
            return Err(PolicyError::Repeated);
        }
        let is_public = |rule: &AttributeRule| {
            matches!(rule.source, AttributeSource::TokenId | AttributeSource::SubjectId)
        };
        if !self.public_subject && self.attributes.iter().any(is_public) {
            return Err(PolicyError::Pairwise);
        }
        Ok(())
    }
}

impl ServiceProvider {
    /// Whether the decisions about the provider can stand with what its metadata says.
    ///
    /// # Errors
    /// [`PolicyError`] with the first that cannot.
    pub fn check(&self) -> Result<(), PolicyError> {
        self.policy.check()?;
        if self.policy.encryption.when == EncryptWhen::Required && self.encryption.is_empty() {
            return Err(PolicyError::EncryptionKey);
        }
        if self.policy.require_signed_requests && self.signing.is_empty() {
            return Err(PolicyError::SigningKey);
        }
        Ok(())
    }
}

fn texts_of(rule: &AttributeRule) -> Vec<&str> {
    let mut texts = vec![rule.name.as_str()];
    texts.extend(rule.name_format.as_deref());
    texts.extend(rule.friendly_name.as_deref());
    if let AttributeSource::Constant(values) = &rule.source {
        texts.extend(values.iter().map(String::as_str));
    }
    texts
}

fn is_text(text: &str) -> bool {
    let length = text.chars().count();
    let is_carried = |c: char| !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    (1..=TEXT).contains(&length) && text.chars().all(is_carried)
}

fn is_variant(name: &str) -> bool {
    (1..=VARIANT).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}
