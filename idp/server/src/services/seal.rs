//! The Service VDS (profile 4.2): made, kept for an hour, verified.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use idp_core::keys::KeyPurpose;
use idp_core::service::Service;
use idp_store::{Version, Versioned};
use idp_types::{CivilDate, ServiceId, Timestamp};
use idp_vds::payload::PayloadError;
use idp_vds::{
    Carrier, CertificateReference, Content, PreparedSeal, ServicePayload, VerifiedServiceSeal, decode_text,
    encode_text, manifest,
};

use crate::app::App;
use crate::problem::{Code, Problem};

/// Days that a Service VDS is valid. Sites fetch it again long before; a printed one that is lost ends by itself.
const SEAL_DAYS: i64 = 7;

/// Seconds for which one is handed out before another is signed.
pub(super) const CACHE_SECONDS: i64 = 3600;

/// One signed seal.
struct Sealed {
    version: Version,
    kid: String,
    at: Timestamp,
    text: Arc<str>,
}

/// The seals that are handed out, one a service.
#[derive(Default)]
pub(super) struct ServiceSeals(Mutex<HashMap<ServiceId, Sealed>>);

impl ServiceSeals {
    /// The seal's text in Base32, the one carrier that is safe in a link (vds.md A.5). Signed anew when the service or the key
    /// changed, and every hour.
    pub(super) async fn text(&self, app: &App, service: &Versioned<Service>) -> Result<Arc<str>, Problem> {
        let now = app.now();
        let key = app.keys.active(KeyPurpose::ServiceSeal, now)?;
        if let Some(text) = self.fresh(service, key.kid(), now) {
            return Ok(text);
        }
        let prepared = prepare(&service.value, key.kid(), now).ok_or_else(|| Problem::new(Code::Internal))?;
        let signature = key.signer.sign(prepared.signing_message()).await?;
        let seal = prepared
            .complete(&signature)
            .map_err(|_| Problem::new(Code::Internal))?;
        let text: Arc<str> = encode_text(Carrier::Base32, &seal).into();
        let sealed = Sealed {
            version: service.version,
            kid: key.kid().to_owned(),
            at: now,
            text: text.clone(),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(service.value.service_id.clone(), sealed);
        Ok(text)
    }

    fn fresh(&self, service: &Versioned<Service>, kid: &str, now: Timestamp) -> Option<Arc<str>> {
        let seals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sealed = seals.get(&service.value.service_id)?;
        let young = (0..CACHE_SECONDS * 1000).contains(&now.millis_since(sealed.at));
        (young && sealed.version == service.version && sealed.kid == kid).then(|| sealed.text.clone())
    }
}

fn prepare(service: &Service, kid: &str, now: Timestamp) -> Option<PreparedSeal> {
    let last_day = now.plus_seconds(SEAL_DAYS * 86_400).civil_date();
    let payload = payload_of(service, last_day).ok()?;
    let certificate = CertificateReference::parse(kid).ok()?;
    PreparedSeal::new(certificate, now, &Content::Service(payload)).ok()
}

/// What a seal would say of the service. A logo inside a `data:` URL is left out: a QR code has no room for it.
pub(super) fn payload_of(service: &Service, last_day: CivilDate) -> Result<ServicePayload, PayloadError> {
    ServicePayload::new(manifest::Service {
        service_id: service.service_id.clone(),
        name: service.name.clone(),
        url: service.url.clone(),
        logo: service.logo.clone().filter(|logo| !logo.starts_with("data:")),
        scopes: service.allowed_scopes.clone(),
        privacy: service.privacy_policy_url.clone(),
        expires: last_day,
    })
}

/// The service that a Service VDS of ours names; `None` when it is not ours, not a service's, or expired. It identifies the
/// service, never the caller.
pub(crate) fn verify_service_vds(app: &App, text: &str) -> Option<ServiceId> {
    let now = app.now();
    let seal = decode_text(text).ok()?;
    let key_of = |reference: &CertificateReference| {
        app.keys
            .verification(KeyPurpose::ServiceSeal, reference.as_str(), now)
    };
    let verified = VerifiedServiceSeal::verify(&seal, &app.verifier, key_of, now).ok()?;
    Some(verified.payload().service_id.clone())
}
