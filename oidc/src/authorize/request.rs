//! The authentication request (OIDC Core 3.1.2.1): raw parameters in, one checked value out.

use idp_types::{ClientId, ScopeSet, TokenId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::claims_parameter::ClaimsRequest;
use super::prompt::Prompts;
use super::requirements::Requirements;
use super::{authorization_details, ceiling, destination, proof_key, resources, response_type};
use crate::client::{Client, ClientProfile};
use crate::error::OAuthError;
use crate::parameters::Parameters;
use crate::pkce::CodeChallenge;
use crate::response::Destination;
use crate::scope::RequestedScope;

/// The longest `nonce`.
const NONCE_LIMIT: usize = 1024;

/// The longest `id_token_hint`.
const HINT_LIMIT: usize = 16 * 1024;

/// The most languages of `ui_locales`.
const LOCALES: usize = 16;

/// How the login page is shown (OIDC Core 3.1.2.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// A whole page.
    #[default]
    Page,
    /// A small window.
    Popup,
    /// A touch screen.
    Touch,
    /// A small telephone.
    Wap,
}

/// How the parameters came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Through the back channel, from the authenticated client (RFC 9126).
    pub pushed: bool,
    /// In a signed request object (RFC 9101).
    pub signed: bool,
}

/// A checked request. It is what waits while the person is asked, and what a pushed request is kept as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Where the answer goes.
    pub destination: Destination,
    /// What is asked for, as scopes.
    pub scope: RequestedScope,
    /// What is asked for, as single claims.
    pub claims: ClaimsRequest,
    /// What the phone is asked for: the catalogue's part of both, within the client's ceiling.
    pub asked: ScopeSet,
    /// `nonce`.
    pub nonce: Option<String>,
    /// `code_challenge`.
    pub code_challenge: Option<CodeChallenge>,
    /// `dpop_jkt`.
    pub dpop_jkt: Option<String>,
    /// `prompt`.
    pub prompts: Prompts,
    /// `max_age`, or the client's default: seconds.
    pub max_age: Option<u32>,
    /// What is demanded of the authentication.
    pub requirements: Requirements,
    /// `resource`.
    pub resources: Vec<String>,
    /// `authorization_details`.
    pub authorization_details: Option<Value>,
    /// `login_hint`, where it is a tokenId.
    pub login_hint: Option<TokenId>,
    /// `id_token_hint`, unverified until the shell verified it and put its subject into `expected_subject`.
    pub id_token_hint: Option<String>,
    /// Who must answer: the subject of a verified hint, or the `sub` that the claims parameter names.
    pub expected_subject: Option<String>,
    /// `ui_locales`, the preferred one first.
    pub ui_locales: Vec<String>,
    /// `display`.
    pub display: Display,
    /// Under which key the request was pushed: consumed when it is answered.
    pub pushed: Option<String>,
}

impl AuthorizationRequest {
    /// The endpoint's checks, in their order. The destination was found before ([`destination::of`]), so that every refusal here has
    /// somewhere to go.
    ///
    /// # Errors
    /// The OAuth error of the first check that refuses.
    pub fn read(
        parameters: &Parameters,
        client: &Client,
        destination: Destination,
        arrival: Arrival,
    ) -> Result<Self, OAuthError> {
        destination::check_extras(parameters)?;
        response_type::check_client(client)?;
        response_type::check(parameters)?;
        response_type::check_registration(parameters)?;
        check_arrival(client, arrival)?;
        let scope = ceiling::scope(parameters, client)?;
        let claims = parameters
            .text("claims")
            .map(ClaimsRequest::parse)
            .transpose()?
            .unwrap_or_default();
        let requirements = Requirements::of(parameters.text("acr_values"), &claims, client);
        requirements.check_possible()?;
        let asked = ScopeSet::expanding(scope.identity());
        Ok(Self {
            asked: claims.scopes_within(ceiling::of(client), asked),
            nonce: nonce(parameters)?,
            code_challenge: proof_key::challenge(parameters, client)?,
            dpop_jkt: proof_key::dpop_key(parameters)?,
            prompts: parameters
                .text("prompt")
                .map(Prompts::parse)
                .transpose()?
                .unwrap_or_default(),
            max_age: max_age(parameters)?.or(client.default_max_age),
            resources: resources::read(parameters, client)?,
            authorization_details: authorization_details::read(parameters, client)?,
            login_hint: parameters
                .text("login_hint")
                .and_then(|hint| TokenId::parse(hint).ok()),
            id_token_hint: id_token_hint(parameters)?,
            expected_subject: claims.subject().map(str::to_owned),
            ui_locales: ui_locales(parameters),
            display: display(parameters),
            pushed: None,
            destination,
            scope,
            claims,
            requirements,
        })
    }

    /// Whose request it is.
    pub const fn client_id(&self) -> &ClientId {
        &self.destination.client_id
    }

    /// Names who must answer (OIDC Core 3.1.2.1, `id_token_hint`). A hint and a requested `sub` that differ cannot both be met.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn expect_subject(&mut self, subject: String) -> Result<(), OAuthError> {
        if self
            .expected_subject
            .as_ref()
            .is_some_and(|other| *other != subject)
        {
            return Err(OAuthError::invalid_request(
                "id_token_hint and the requested sub differ",
            ));
        }
        self.expected_subject = Some(subject);
        self.id_token_hint = None;
        Ok(())
    }
}

/// RFC 9126 6, FAPI 2.0 5.3.2.2: some clients must push. RFC 9101 10.5: some must sign.
fn check_arrival(client: &Client, arrival: Arrival) -> Result<(), OAuthError> {
    let must_push = client.require_pushed_authorization_requests || client.profile == ClientProfile::Fapi2;
    if must_push && !arrival.pushed {
        return Err(OAuthError::invalid_request("the client must push its requests"));
    }
    if client.require_signed_request_object && !arrival.signed {
        return Err(OAuthError::invalid_request("the client must sign its requests"));
    }
    Ok(())
}

/// OIDC Core 3.1.2.1: carried through unchanged.
fn nonce(parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let nonce = parameters.text("nonce");
    if nonce.is_some_and(|nonce| nonce.len() > NONCE_LIMIT) {
        return Err(OAuthError::invalid_request("nonce is too long"));
    }
    Ok(nonce.map(str::to_owned))
}

/// OIDC Core 3.1.2.1: whole seconds.
fn max_age(parameters: &Parameters) -> Result<Option<u32>, OAuthError> {
    let Some(text) = parameters.text("max_age") else {
        return Ok(None);
    };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u32>().ok().filter(|_| is_number);
    seconds
        .map(Some)
        .ok_or(OAuthError::invalid_request("max_age is not a number of seconds"))
}

fn id_token_hint(parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let hint = parameters.text("id_token_hint");
    if hint.is_some_and(|hint| hint.len() > HINT_LIMIT) {
        return Err(OAuthError::invalid_request("id_token_hint is too long"));
    }
    Ok(hint.map(str::to_owned))
}

/// OIDC Core 3.1.2.1: a wish, so what is no language tag (RFC 5646) is passed over.
fn ui_locales(parameters: &Parameters) -> Vec<String> {
    let is_tag = |tag: &&str| {
        let letters = tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (2..=35).contains(&tag.len()) && letters
    };
    let tags = parameters.text("ui_locales").unwrap_or_default().split(' ');
    tags.filter(is_tag).take(LOCALES).map(str::to_owned).collect()
}

/// OIDC Core 3.1.2.1: a wish, too.
fn display(parameters: &Parameters) -> Display {
    match parameters.text("display") {
        Some("popup") => Display::Popup,
        Some("touch") => Display::Touch,
        Some("wap") => Display::Wap,
        _ => Display::Page,
    }
}
