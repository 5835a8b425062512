//! Software phones: the reference authenticator with a fast key, because the generator shares the machine with the server.

use idp_authenticator::approval::Code;
use idp_authenticator::credential::EnrolmentCredential;
use idp_authenticator::enrolment::{Admission, Challenge, Enrolment, EnrolmentSeal, Proof};
use idp_authenticator::link::IdentityLink;
use idp_authenticator::message::{self, ApprovalFields};
use idp_authenticator::{
    DeviceIdentity, DeviceRequest, DeviceSigner, Issuer, RequestStamp, SignedMessage, authorization,
};
use idp_jose::EcPublicKey;
use idp_server::keys::SoftwareSigner;
use idp_types::encoding::base64url;
use idp_types::{AtomicScope, DeviceId, ScopeSet, ServiceId, SessionId};
use serde::Serialize;

use crate::clock;
use crate::error::{Failure, LoadError, Stage};
use crate::http::{Call, Connection};

/// What is asked for and granted: given and family name, two disclosures.
pub(crate) const SCOPE: AtomicScope = AtomicScope::Name;

/// A P-256 key of aws-lc-rs: signing takes a quarter of the portable implementation's time (`operations.md` 1.1).
struct Key(SoftwareSigner);

impl DeviceSigner for Key {
    fn public_key(&self) -> EcPublicKey {
        self.0.ec_public_key().clone()
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        // Zeros are no signature of anything: the server refuses them, and the failure is counted.
        self.0.sign_now(message).unwrap_or([0; 64])
    }
}

/// An enrolled holder with the phone in his hand.
pub(crate) struct Phone {
    identity: DeviceIdentity,
    credential: EnrolmentCredential,
    key: Key,
}

/// What the phone is asked, as its owner sees it.
pub(crate) struct Question<'a> {
    /// The session.
    pub(crate) session_id: &'a SessionId,
    /// Who asks.
    pub(crate) service_id: &'a ServiceId,
    /// The code that the browser shows.
    pub(crate) code: &'a Code,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Approval<'a> {
    session_id: &'a str,
    token_id: &'a str,
    device_id: &'a str,
    otp: &'a str,
    timestamp: i64,
    granted_scopes: [&'a str; 1],
    signature: String,
    presentation: &'a str,
}

impl Phone {
    /// Enrols a new key with a seal (profile 2).
    ///
    /// # Errors
    /// [`LoadError`] with what the server said.
    pub(crate) async fn enrol(
        issuer: &Issuer,
        seal: &str,
        server: &mut Connection,
    ) -> Result<Self, LoadError> {
        let key = SoftwareSigner::generate().and_then(|der| SoftwareSigner::from_pkcs8(&der));
        let key = Key(key.map_err(|_| LoadError::Cryptography)?);
        let now = clock::now();
        let seal = EnrolmentSeal::trusting_issuer(seal, now).map_err(Failure::at(Stage::Enrol))?;
        let device_id = DeviceId::parse("load-phone").map_err(Failure::at(Stage::Enrol))?;
        let challenge = server
            .send(Call::post(Stage::Enrol, "/enroll/challenge", "{}"))
            .await?;
        let challenge = Challenge::parse(&challenge).map_err(Failure::at(Stage::Enrol))?;
        // Made twice, because a signer behind a pointer may not wait for an answer on another thread.
        let enrolment = || Enrolment {
            issuer,
            seal: &seal,
            device_id: &device_id,
            signer: &key,
            push: None,
            admission: &Admission::Open,
        };
        let body = enrolment()
            .body(
                Some(&Proof {
                    challenge: &challenge,
                    previous: None,
                }),
                now,
            )
            .map_err(Failure::at(Stage::Enrol))?;
        let answer = server.send(Call::post(Stage::Enrol, "/enroll", body)).await?;
        let credential = enrolment()
            .complete(&answer, clock::now())
            .map_err(Failure::at(Stage::Enrol))?;
        let token_id = credential.token_id().clone();
        Ok(Self {
            identity: DeviceIdentity {
                issuer: issuer.clone(),
                token_id,
                device_id,
            },
            credential,
            key,
        })
    }

    /// Whose phone it is.
    pub(crate) const fn identity(&self) -> &DeviceIdentity {
        &self.identity
    }

    /// A presentation for a session, of the size that a login has.
    ///
    /// # Errors
    /// A [`Failure`] when the credential does not hold what is asked for.
    pub(crate) fn presentation(&self, session_id: &SessionId) -> Result<String, Failure> {
        let granted = ScopeSet::from_iter([SCOPE]);
        let session = (&self.identity.issuer, session_id);
        let presented = self.credential.present(granted, session, &self.key, clock::now());
        presented.map_err(Failure::at(Stage::Sign))
    }

    /// What the approval's signature covers: the second form of profile 4.3.
    pub(crate) fn signed_string(
        &self,
        question: &Question<'_>,
        presentation: &str,
        timestamp: i64,
    ) -> Vec<u8> {
        message::approval(
            SignedMessage::Second,
            &self.identity,
            &ApprovalFields {
                session_id: question.session_id.as_str(),
                service_id: question.service_id.as_str(),
                otp: question.code.reveal(),
                timestamp,
                scopes: SCOPE.as_str(),
                presentation,
            },
        )
    }

    /// The body of `POST /auth/verify`.
    ///
    /// # Errors
    /// As [`Self::presentation`].
    pub(crate) fn approve(&self, question: &Question<'_>) -> Result<Vec<u8>, Failure> {
        let presentation = self.presentation(question.session_id)?;
        let timestamp = clock::now().unix_seconds();
        let signed = self.signed_string(question, &presentation, timestamp);
        let approval = Approval {
            session_id: question.session_id.as_str(),
            token_id: self.identity.token_id.as_str(),
            device_id: self.identity.device_id.as_str(),
            otp: question.code.reveal(),
            timestamp,
            granted_scopes: [SCOPE.as_str()],
            signature: base64url(&self.key.sign(&signed)),
            presentation: &presentation,
        };
        serde_json::to_vec(&approval).map_err(Failure::at(Stage::Sign))
    }

    /// Claims the session behind a scanned QR code (profile 7).
    ///
    /// # Errors
    /// A [`Failure`] with what the server said.
    pub(crate) async fn claim(&self, link: &IdentityLink, server: &mut Connection) -> Result<(), Failure> {
        let path = "/identity/claim";
        let body = link.claim_body(&self.identity.token_id);
        let request = DeviceRequest {
            method: "POST",
            path_and_query: path,
            body: body.as_bytes(),
        };
        let nonce = idp_server::crypto::random::<16>().map_err(Failure::at(Stage::Claim))?;
        let stamp = RequestStamp {
            now: clock::now(),
            nonce,
        };
        let authorization = authorization(&self.identity, &self.key, &request, &stamp);
        server
            .send(Call::post(Stage::Claim, path, body).authorized(&authorization))
            .await
            .map(drop)
    }
}
