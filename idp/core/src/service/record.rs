//! A relying party of the direct JWT flow, as the operator registered it.

use std::fmt;

use idp_types::{MatchingMode, Scope, ScopeSet, ServiceId, Timestamp};
use serde::{Deserialize, Serialize};

/// How the server knows who asks for an approval in the service's name (profile 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallerAuthentication {
    /// A public service: registered browser origins.
    Origin,
    /// `Authorization: Bearer` with the service secret.
    Secret,
    /// `private_key_jwt` (RFC 7523).
    Key,
}

/// Which subject the service sees (profile 5 and 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// The first tokenId of the chain.
    Public,
    /// A value of its own for each service.
    Pairwise,
}

/// The `typ` of the service's direct JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DirectTokenType {
    /// `idtoken+jwt`: can never be taken for another token.
    #[serde(rename = "idtoken+jwt")]
    IdToken,
    /// `JWT`, for consumers that insist.
    #[serde(rename = "JWT")]
    Jwt,
}

/// A secret sealed under the server's key; only the shell opens it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedSecret(pub String);

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSecret(..)")
    }
}

/// SHA-256 of a secret with 128 bits or more (OWASP ASVS 5.0, 6.5.2: no slow hash needed). Debug does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(pub String);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its identifier.
    pub service_id: ServiceId,
    /// The name that the person reads.
    pub name: String,
    /// Its address, shown beside the name.
    pub url: String,
    /// A `https:` or `data:image/` URL of its logo.
    pub logo: Option<String>,
    /// Its privacy policy.
    pub privacy_policy_url: Option<String>,
    /// The allow-list, as registered: composites matter for the portrait.
    pub allowed_scopes: Vec<Scope>,
    /// Asked for when a request names no scopes.
    pub default_scopes: Vec<Scope>,
    /// `aud` of its tokens, where it is not the serviceId.
    pub audience: Option<String>,
    /// How its callers authenticate.
    pub caller_authentication: CallerAuthentication,
    /// Browser origins that may call in its name.
    pub origins: Vec<String>,
    /// Valid secrets: one, or two during a rotation.
    pub secrets: Vec<SecretHash>,
    /// Public JWK of `private_key_jwt` callers, JSON text.
    pub caller_key: Option<String>,
    /// Keys of the anti-forgery `hash`: one, or two during a rotation; the first one signs.
    pub response_secrets: Vec<SealedSecret>,
    /// Matching mode; a request may only raise it.
    pub matching_mode: MatchingMode,
    /// Whether a person must have trusted the service before it can wake a phone.
    pub trust_required: bool,
    /// Which subject it sees.
    pub subject_type: SubjectType,
    /// The `typ` of its tokens.
    pub token_type: DirectTokenType,
    /// Whether it answers at all.
    pub enabled: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

/// The scopes that were asked for are not all allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service may not ask for every one of these scopes")]
pub struct ScopeBeyondAllowList;

impl Service {
    /// All that the service may ever ask for.
    pub fn ceiling(&self) -> ScopeSet {
        ScopeSet::expanding(self.allowed_scopes.iter().copied())
    }

    /// `aud` of its tokens.
    pub fn audience(&self) -> &str {
        self.audience.as_deref().unwrap_or(self.service_id.as_str())
    }

    /// The atomic scopes of one request; none named means the defaults. The portrait comes through `identity:full_with_photo`
    /// only where that composite is itself allowed (profile 6).
    ///
    /// # Errors
    /// [`ScopeBeyondAllowList`] when one of them is not allowed.
    pub fn requested(&self, scopes: Option<&[Scope]>) -> Result<ScopeSet, ScopeBeyondAllowList> {
        let scopes = scopes.unwrap_or(&self.default_scopes);
        let unlisted_composite =
            scopes.contains(&Scope::FullWithPhoto) && !self.allowed_scopes.contains(&Scope::FullWithPhoto);
        let requested = ScopeSet::expanding(scopes.iter().copied());
        if unlisted_composite || !requested.is_within(self.ceiling()) {
            return Err(ScopeBeyondAllowList);
        }
        Ok(requested)
    }
}
