//! Reading and verifying the seal of a request; a failure is recorded without anything that the seal says.

use std::net::IpAddr;

use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::enrolment::SealFacts;
use idp_types::Timestamp;
use idp_vds::{ManifestId, PersonPayload, TrustError, VerifiedSeal, decode_text};

use super::note;
use crate::app::App;
use crate::problem::{Code, Problem};

/// A person's seal, verified through the whole trust chain.
pub(super) struct PersonSeal {
    verified: VerifiedSeal,
    facts: SealFacts,
}

impl PersonSeal {
    /// Decodes the text in any carrier and verifies the seal (profile 2 and 3).
    pub(super) fn verify(app: &App, text: &str, now: Timestamp) -> Result<Self, TrustError> {
        let seal = decode_text(text)?;
        let verified = app.trust_store().verify(&seal, ManifestId::PERSON, now)?;
        let person = verified
            .person()
            .ok_or(TrustError::WrongManifest(verified.manifest()))?;
        let facts = SealFacts {
            fingerprint: verified.fingerprint(),
            manifest: verified.manifest().to_string(),
            scheme_operator: verified.scheme_operator().iac.to_string(),
            trust_level: verified.trust_level(),
            expires_at: person.expires.end(),
        };
        Ok(Self { verified, facts })
    }

    /// What the server keeps of it.
    pub(super) const fn facts(&self) -> &SealFacts {
        &self.facts
    }

    /// What it says; wiped with this value.
    pub(super) fn person(&self) -> Option<&PersonPayload> {
        self.verified.person()
    }
}

/// As [`PersonSeal::verify`], for a request: a failure becomes `invalid_seal` with its reason, and an audit record.
pub(super) async fn verify_or_refuse(app: &App, text: &str, address: IpAddr) -> Result<PersonSeal, Problem> {
    match PersonSeal::verify(app, text, app.now()) {
        Ok(seal) => Ok(seal),
        Err(error) => {
            let fact = AuditFact::new(AuditEvent::VdsVerifyFail, Actor::Anonymous)
                .from_address(Some(address))
                .with("reason", error.reason());
            note(app, fact).await?;
            Err(invalid(&error))
        }
    }
}

/// The refusal on the wire.
pub(super) fn invalid(error: &TrustError) -> Problem {
    Problem::new(Code::InvalidSeal).with("reason", error.reason())
}
