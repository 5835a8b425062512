//! `GET /saml/metadata` and `/saml/{variant}/metadata`: who we are, signed with the RSA key that signs responses (Metadata 2, SDP-MD).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, header};
use idp_core::keys::KeyPurpose;
use idp_types::encoding::base64url;
use saml::NameIdFormat;
use saml::binding::Binding;
use saml::metadata::{EndpointFacts, IdentityProviderFacts, Interface, identity_provider};
use saml::signature::{Certificate, Draft, SigningAlgorithm};

use super::addresses::{ARTIFACT, ECP, SLO, SLO_SOAP, SSO, address, entity_id, is_variant};
use super::{crypto, signing};
use crate::app::App;
use crate::crypto::sha256;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// Seconds that metadata may be kept: an hour, so that a key that an operator replaced in haste is known soon.
const CACHE_SECONDS: i64 = 3600;

/// Seconds that metadata holds: two weeks, within what federations allow.
const VALID_SECONDS: i64 = 14 * 86_400;

const DESCRIPTION: &str = "Sign in with the seal on your phone, without a password.";

/// The formats of names (profile 9).
const FORMATS: [NameIdFormat; 3] = [
    NameIdFormat::Persistent,
    NameIdFormat::Transient,
    NameIdFormat::EmailAddress,
];

/// The routes of the metadata.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/saml/metadata", get(own))
        .route("/saml/{variant}/metadata", get(variant))
}

async fn own(State(app): AppState) -> Result<Response, Problem> {
    document(&app, None).await
}

async fn variant(State(app): AppState, Path(name): Path<String>) -> Result<Response, Problem> {
    if !is_variant(&name) {
        return Err(Code::NotFound.into());
    }
    document(&app, Some(&name)).await
}

async fn document(app: &App, variant: Option<&str>) -> Result<Response, Problem> {
    let text = signed(app, variant).await?;
    let mut response = text.as_bytes().to_vec().into_response();
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_static("application/samlmetadata+xml");
    headers.insert(header::CONTENT_TYPE, media_type);
    let cached = HeaderValue::from_static("public, max-age=300");
    headers.insert(header::CACHE_CONTROL, cached);
    let digest = sha256(text.as_bytes());
    let etag = format!("\"{}\"", base64url(digest.get(..16).unwrap_or_default()));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

/// The document, signed once and kept for minutes; another key makes another one at once.
async fn signed(app: &App, variant: Option<&str>) -> Result<Arc<str>, Problem> {
    signing::key(app, SigningAlgorithm::RsaSha256).await?;
    let certificates = certificates(app);
    let prints: Vec<String> = certificates.iter().map(Certificate::fingerprint).collect();
    let name = format!(
        "{} {} {}",
        app.config.issuer,
        variant.unwrap_or_default(),
        prints.join(" ")
    );
    if let Some(kept) = app.saml.documents.get(&name) {
        return Ok(kept);
    }
    let draft = draft(app, variant, &certificates)?;
    let text = signing::sign_with(app, (SigningAlgorithm::RsaSha256, true), draft).await?;
    let text: Arc<str> = text.into();
    app.saml.documents.insert(name, text.clone());
    Ok(text)
}

/// RSA before EC: service providers that know RSA alone take the first (`saml.md` 2.1). The EC key is there once a provider needs it.
fn certificates(app: &App) -> Vec<Certificate> {
    let now = app.now();
    let purposes = [KeyPurpose::SamlRs256, KeyPurpose::SamlEs256];
    let keys = purposes
        .into_iter()
        .flat_map(|purpose| app.keys.signing(purpose, now));
    keys.filter_map(|key| signing::certificate(&key).ok()).collect()
}

fn draft(app: &App, variant: Option<&str>, certificates: &[Certificate]) -> Result<Draft, Problem> {
    let places = [SSO, ECP, SLO, SLO_SOAP, ARTIFACT].map(|path| address(app, path));
    let [sso, ecp, slo, slo_soap, artifact] = places.each_ref().map(String::as_str);
    let host = host(app);
    let name = format!("IDToken Seal, {host}");
    let signing: Vec<&Certificate> = certificates.iter().collect();
    let facts = IdentityProviderFacts {
        id: &crypto::message_id()?,
        entity_id: &entity_id(app, variant)?,
        valid_until: app.now().plus_seconds(VALID_SECONDS),
        cache_duration: CACHE_SECONDS,
        signing: &signing,
        encryption: None,
        endpoints: EndpointFacts {
            single_sign_on: &[
                (Binding::Redirect, sso),
                (Binding::Post, sso),
                (Binding::Soap, ecp),
            ],
            single_logout: &[
                (Binding::Redirect, slo),
                (Binding::Post, slo),
                (Binding::Soap, slo_soap),
            ],
            artifact_resolution: &[artifact],
        },
        name_id_formats: &FORMATS,
        interface: Interface {
            display_names: &[("en", &name)],
            descriptions: &[("en", DESCRIPTION)],
            information: Some(&app.config.issuer),
            privacy: None,
            logo: None,
        },
        scopes: &[&host],
        error_url: None,
        contacts: &[],
        want_authn_requests_signed: false,
    };
    identity_provider(&facts).map_err(|_| Code::Internal.into())
}

/// The issuer's host: the scope of subject identifiers.
pub(super) fn host(app: &App) -> String {
    let host = url::Url::parse(&app.config.issuer).ok();
    let host = host.and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_default()
}
