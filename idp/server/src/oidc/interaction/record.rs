//! The record in the ephemeral store.

use http::HeaderMap;
use idp_store::ephemeral::Kind;
use idp_types::secret::constant_time_equal;
use idp_types::{ClientId, MatchingMode, ScopeSet, ServiceId, SessionId, Timestamp};
use oidc::authorize::AuthorizationRequest;
use oidc::external::ExternalRequest;
use saml::request::CheckedRequest;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::crypto::sha256_hex;
use crate::oidc::cookies::Cookie;
use crate::oidc::device::Entered;
use crate::pages::oidc::Failure;
use crate::problem::{Code, Problem};

/// What an approval is for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// An authorization code (OIDC Core 3.1).
    Code(Box<AuthorizationRequest>),
    /// An answer to Entra (`federation-oidc.md` 5a).
    External(Box<ExternalRequest>),
    /// Tokens for a device (RFC 8628).
    Device(Box<Entered>),
    /// A SAML response (Profiles 4.1).
    Saml(Box<CheckedRequest>),
}

/// An approval session that asks the phone, or asked it last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asking {
    /// The session.
    pub(crate) session_id: SessionId,
    /// When it ends. A QR that was scanned gets a fresh minute.
    pub(crate) expires_at: Timestamp,
}

/// One login under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Interaction {
    /// `int_` and 128 bits in base64url.
    pub(crate) id: String,
    /// SHA-256 of the browser's binding cookie, lower-case hexadecimal.
    pub(crate) browser: String,
    /// Who asks.
    pub(crate) client_id: ClientId,
    /// In whose name the phone is asked.
    pub(crate) service_id: ServiceId,
    /// What the phone is asked for.
    pub(crate) asked: ScopeSet,
    /// A stricter matching mode than the service's own.
    pub(crate) mode: Option<MatchingMode>,
    /// What comes of an approval.
    pub(crate) ending: Ending,
    /// The approval session, once there is one.
    pub(crate) asking: Option<Asking>,
    /// The tokenId that the person wants remembered on this device once it answered; `Some("")` forgets the one that is.
    pub(crate) remember: Option<String>,
    /// Under the browser's cookie: the answer that was given, for who asks again.
    pub(crate) answered: Option<String>,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// Why an interaction does not answer.
#[derive(Debug)]
pub(crate) enum Unavailable {
    /// It is over, or never was.
    Gone,
    /// Another browser began it, or this one keeps no cookies.
    OtherBrowser,
    /// Another website sent the request.
    CrossSite,
    /// The server cannot.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Unavailable {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl Unavailable {
    /// For the page's script.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Gone => Code::SessionNotFound.into(),
            Self::OtherBrowser | Self::CrossSite => Code::OriginNotAllowed.into(),
            Self::Problem(problem) => problem,
        }
    }

    /// For a person.
    pub(crate) fn into_page(self, locale: crate::pages::oidc::Locale) -> axum::response::Response {
        let reason = match self {
            Self::Gone => Failure::Gone,
            Self::OtherBrowser => Failure::OtherBrowser,
            Self::CrossSite => Failure::CrossSite,
            Self::Problem(problem) => return Failure::of_problem(locale, problem),
        };
        crate::oidc::response::page(locale, reason, None)
    }
}

/// The interaction of this name, for the browser that began it.
///
/// # Errors
/// [`Unavailable`].
pub(super) async fn load(app: &App, headers: &HeaderMap, id: &str) -> Result<Interaction, Unavailable> {
    let found = app.ephemeral.read(Kind::Interaction, id, app.now()).await?;
    let interaction: Interaction = found
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or(Unavailable::Gone)?;
    let cookie = Cookie::Browser
        .read(app, headers)
        .ok_or(Unavailable::OtherBrowser)?;
    let digest = sha256_hex(cookie.as_bytes());
    if !constant_time_equal(digest.as_bytes(), interaction.browser.as_bytes()) {
        return Err(Unavailable::OtherBrowser);
    }
    Ok(interaction)
}

/// Writes it.
///
/// # Errors
/// The store's problems.
pub(super) async fn save(app: &App, interaction: &Interaction) -> Result<(), Problem> {
    let bytes = serde_json::to_vec(interaction).map_err(|_| Problem::new(Code::Internal))?;
    let until = interaction.expires_at;
    app.ephemeral
        .put(Kind::Interaction, &interaction.id, bytes, until)
        .await?;
    Ok(())
}
