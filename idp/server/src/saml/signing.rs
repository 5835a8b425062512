//! Signatures over what the crate prepared, by the keys of the ring.

use std::sync::Arc;

use idp_core::keys::KeyPurpose;
use saml::binding::RedirectDraft;
use saml::provider::ServiceProvider;
use saml::signature::{Certificate, Draft, SigningAlgorithm};

use crate::app::App;
use crate::background::tell_keys_changed;
use crate::keys::RingKey;
use crate::problem::{Code, Problem};

/// The purpose whose keys sign with an algorithm.
pub(crate) const fn purpose_of(algorithm: SigningAlgorithm) -> KeyPurpose {
    match algorithm {
        SigningAlgorithm::RsaSha256 => KeyPurpose::SamlRs256,
        SigningAlgorithm::EcdsaSha256 => KeyPurpose::SamlEs256,
    }
}

/// The key that signs with an algorithm, made now where there is none yet.
///
/// # Errors
/// `unavailable` when it cannot be made.
pub(crate) async fn key(app: &App, algorithm: SigningAlgorithm) -> Result<Arc<RingKey>, Problem> {
    let purpose = purpose_of(algorithm);
    if let Ok(key) = app.keys.active(purpose, app.now()) {
        return Ok(key);
    }
    let made = app.keys.ensure(purpose, app.now()).await.map_err(|error| {
        tracing::error!(%error, "a key of SAML cannot be made");
        Problem::new(Code::Unavailable).retry_after(1)
    })?;
    tell_keys_changed(app).await;
    Ok(made)
}

/// The certificate of a key.
///
/// # Errors
/// `internal` when it has none.
pub(super) fn certificate(key: &RingKey) -> Result<Certificate, Problem> {
    let certificate = key.certificate().map(Certificate::from_der);
    match certificate {
        Some(Ok(certificate)) => Ok(certificate),
        _ => Err(Code::Internal.into()),
    }
}

/// Signs a document as a provider wants it.
///
/// # Errors
/// The signing key's problems.
pub(super) async fn sign(app: &App, provider: &ServiceProvider, draft: Draft) -> Result<String, Problem> {
    let algorithm = provider.policy.signing_algorithm;
    sign_with(app, (algorithm, provider.policy.include_certificate), draft).await
}

/// Signs a document.
///
/// # Errors
/// The signing key's problems.
pub(super) async fn sign_with(
    app: &App,
    (algorithm, with_certificate): (SigningAlgorithm, bool),
    draft: Draft,
) -> Result<String, Problem> {
    let key = key(app, algorithm).await?;
    let certificate = certificate(&key)?;
    let prepared = draft.prepare(algorithm, with_certificate.then_some(&certificate));
    let signature = key.signer.sign(prepared.octets()).await?;
    Ok(prepared.complete(&signature))
}

/// Signs a redirect that was prepared for the provider's algorithm; the address.
///
/// # Errors
/// The signing key's problems.
pub(super) async fn sign_redirect(
    app: &App,
    provider: &ServiceProvider,
    draft: RedirectDraft,
) -> Result<String, Problem> {
    let algorithm = provider.policy.signing_algorithm;
    let key = key(app, algorithm).await?;
    let prepared = draft.prepare(algorithm);
    let signature = key.signer.sign(prepared.octets()).await?;
    Ok(prepared.complete(&signature))
}
