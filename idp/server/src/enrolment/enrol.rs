//! `POST /enroll` (profile 2): a phone shows its seal, proves its key, and becomes a device of the holder.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use idp_core::audit::{Actor, AuditEvent, AuditFact};
use idp_core::enrolment::{Admission, DeviceKey, EnrolmentRequest, Holder, SignedMessage, enrol as decide};
use idp_jose::EcPublicKey;
use idp_store::{Change, Commit, CommitError, Version};
use idp_types::{DeviceId, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};

use super::TRIES;
use super::admission::{Admitted, admit, refused};
use super::attestation::{Attestation, Attested, accept};
use super::credential;
use super::proof::{PreviousProof, Proof, Proven};
use super::push::{PushRequest, PushTarget};
use super::refusal::refuse;
use super::seal::{PersonSeal, verify_or_refuse};
use crate::app::App;
use crate::http::{AppState, JsonBody, Peer, enforce, network_of};
use crate::problem::{Code, Problem};

/// A request to enrol.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnrolRequest {
    /// The seal, in any text form of profile 2.
    vds_data: String,
    /// The device's public key: P-256, PEM.
    public_key_pem: String,
    /// The device's own name.
    #[schema(value_type = String)]
    device_id: DeviceId,
    /// Short for a push address of type `fcm`.
    fcm_token: Option<String>,
    /// Where pushes go.
    push: Option<PushRequest>,
    /// The new key's signature over a challenge.
    proof: Option<Proof>,
    /// The replaced key's signature over the same challenge.
    previous_proof: Option<PreviousProof>,
    /// A one-time code from the issuance station or an operator.
    enrolment_code: Option<String>,
    /// The session in which an enrolled device approved this one.
    #[schema(value_type = Option<String>)]
    approval: Option<SessionId>,
    /// What vouches for the device's key and app; needs `proof`, whose challenge it answers.
    attestation: Option<Attestation>,
    /// Which form of approvals the device will sign, 1 or 2; 1 if absent.
    signed_message: Option<u8>,
}

/// An enrolled device.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnrolResponse {
    /// Always `true`.
    enrolled: bool,
    /// The holder.
    #[schema(value_type = String)]
    token_id: TokenId,
    /// When the seal expires.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// The SD-JWT from which the phone discloses claims (RFC 9901).
    enrolment_credential: String,
}

/// A device that wants to be enrolled, its seal verified and its key proven.
pub(super) struct Candidate {
    pub(super) token_id: TokenId,
    pub(super) device_id: DeviceId,
    pub(super) key: DeviceKey,
    pub(super) address: IpAddr,
    public: EcPublicKey,
    seal: PersonSeal,
    push: PushTarget,
    signed_message: SignedMessage,
    proven: Option<Proven>,
    attested: Option<Attested>,
}

/// Enrols a device.
///
/// 403 `admission_required` carries `approval {sessionId, autoPassword, wsToken, expiresAt}` when an enrolled device has been
/// asked: the new phone shows the code, and sends the request again, with a fresh proof, once the old one approved.
#[utoipa::path(
    post, path = "/enroll", tag = "enrolment", request_body = EnrolRequest,
    responses((status = 200, body = EnrolResponse),
        (status = 400, description = "invalid_request, invalid_seal (with reason), invalid_key, invalid_proof, invalid_attestation (with reason), invalid_push"),
        (status = 403, description = "admission_required (with approval)"), (status = 409, description = "revoked, device_limit"),
        (status = 429, description = "rate_limited"))
)]
pub(crate) async fn enrol(
    State(app): AppState,
    Peer(address): Peer,
    JsonBody(request): JsonBody<EnrolRequest>,
) -> Result<Json<EnrolResponse>, Problem> {
    enforce(
        &app,
        &format!("enroll:{}", network_of(address)),
        app.config.limits.enroll_per_hour,
        3600,
    )
    .await?;
    let candidate = Candidate::of(&app, &request, address).await?;
    let admitted = admit(
        &app,
        &candidate,
        request.enrolment_code.as_deref(),
        request.approval.as_ref(),
    )
    .await?;
    let enrolment_credential = settle(&app, &candidate, &admitted).await?;
    Ok(Json(EnrolResponse {
        enrolled: true,
        expires_at: candidate.seal.facts().expires_at,
        token_id: candidate.token_id,
        enrolment_credential,
    }))
}

impl Candidate {
    /// Everything that can be checked without knowing who is enrolled, the cheap checks first.
    async fn of(app: &App, request: &EnrolRequest, address: IpAddr) -> Result<Self, Problem> {
        let signed_message = signed_message(request)?;
        let public = EcPublicKey::from_spki_pem(&request.public_key_pem)
            .map_err(|_| Problem::new(Code::InvalidKey))?;
        let key = DeviceKey(*public.to_sec1());
        let push = PushTarget::of(
            (request.push.as_ref(), request.fcm_token.as_deref()),
            &app.config.push.web,
        )?;
        let seal = verify_or_refuse(app, &request.vds_data, address).await?;
        let token_id = seal.person().ok_or(Code::InvalidSeal)?.token_id.clone();
        let device_id = request.device_id.clone();
        let proofs = (request.proof.as_ref(), request.previous_proof.as_ref());
        let proven = Proven::verify(app, proofs, (seal.facts().fingerprint, &device_id), &key).await?;
        let mut candidate = Self {
            token_id,
            device_id,
            key,
            address,
            public,
            seal,
            push,
            signed_message,
            proven,
            attested: None,
        };
        if let Some(attestation) = &request.attestation {
            let proven = candidate.proven.as_ref();
            let verified = attestation.verify(app, &candidate.public, proven).await;
            candidate.attested = Some(accept(app, &candidate, verified).await?);
        }
        Ok(candidate)
    }

    /// The request as the engine decides it, against the holder as it is now.
    fn request(&self, holder: Option<&Holder>, admission: Admission) -> Result<EnrolmentRequest, Problem> {
        let known = holder.and_then(|holder| holder.device(&self.device_id));
        let previous_key = match &self.proven {
            Some(proven) => proven.previous_key(known)?,
            None => None,
        };
        Ok(EnrolmentRequest {
            token_id: self.token_id.clone(),
            device_id: self.device_id.clone(),
            key: self.key,
            seal: self.seal.facts().clone(),
            signed_message: self.signed_message,
            push: self.push.address.clone(),
            push_encryption_key: self.push.key,
            proven: self.proven.is_some(),
            previous_key,
            admission,
            attested: self.attested.as_ref().map(Attested::device),
        })
    }

    pub(super) fn fact(&self, event: AuditEvent) -> AuditFact {
        AuditFact::new(event, Actor::Anonymous)
            .about(&self.token_id)
            .from_address(Some(self.address))
    }
}

fn signed_message(request: &EnrolRequest) -> Result<SignedMessage, Problem> {
    match request.signed_message {
        None | Some(1) => Ok(SignedMessage::V1),
        Some(2) => Ok(SignedMessage::V2),
        Some(_) => Err(Problem::new(Code::InvalidRequest).detail("signedMessage is 1 or 2")),
    }
}

/// Load, decide, commit; again when the holder changed meanwhile. Answers the enrolment credential.
///
/// The credential is signed before the commit and handed out after it: a signer that fails must not leave a device that is
/// enrolled and has nothing to show.
async fn settle(app: &App, candidate: &Candidate, admitted: &Admitted) -> Result<String, Problem> {
    let now = app.now();
    let mut credential = None;
    for _ in 0..TRIES {
        let found = app.durable.holder(&candidate.token_id).await?;
        let holder = found.as_deref().map(|found| &found.value);
        let request = candidate.request(holder, admitted.admission)?;
        let next = match decide(holder, request, app.config.enrolment.policy, now) {
            Ok(next) => next,
            Err(refusal) => return Err(refuse(app, candidate, holder, refusal).await?),
        };
        if credential.is_none() {
            credential = Some(credential::issue(app, &candidate.seal, &candidate.public, now).await?);
            ensure_subject_key(app, &candidate.token_id).await?;
        }
        let fact = enrolled(candidate, admitted.admission, holder);
        let record = app.audit.record(&*app.durable, fact, now).await?;
        let expected = found.as_deref().map_or(Version(0), |found| found.version);
        let commit = Commit {
            changes: changes(candidate, admitted, (next, expected), now),
            audit: vec![record],
        };
        match app.durable.commit(commit).await {
            Ok(_) => return credential.ok_or_else(|| Code::Internal.into()),
            Err(CommitError::Conflict) => {}
            Err(CommitError::AlreadyConsumed) => return Err(used_before(admitted)),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Code::Unavailable).retry_after(1))
}

/// The holder's own audit key must be there before the first record about it, or that record could never be erased.
async fn ensure_subject_key(app: &App, token_id: &TokenId) -> Result<(), Problem> {
    let reference = app.audit.reference(token_id);
    if app.durable.subject_key(&reference).await?.is_none() {
        let change = app.audit.new_key(reference)?;
        app.durable
            .commit(Commit {
                changes: vec![change],
                audit: Vec::new(),
            })
            .await?;
    }
    Ok(())
}

/// What is used up comes first: a lost race for it must leave nothing behind.
fn changes(
    candidate: &Candidate,
    admitted: &Admitted,
    (next, expected): (Holder, Version),
    now: Timestamp,
) -> Vec<Change> {
    let mut changes: Vec<Change> = admitted.consumption.iter().cloned().collect();
    changes.extend(candidate.proven.as_ref().map(|proven| proven.consumption(now)));
    changes.push(Change::PutHolder {
        holder: Box::new(next),
        expected,
    });
    changes
}

fn enrolled(candidate: &Candidate, admission: Admission, holder: Option<&Holder>) -> AuditFact {
    let known = holder.is_some_and(|holder| holder.device(&candidate.device_id).is_some());
    let facts = candidate.seal.facts();
    let fact = candidate
        .fact(AuditEvent::Enroll)
        .with(
            "admission",
            admission_name(admission, candidate.attested.is_some()),
        )
        .with("device", candidate.device_id.as_str())
        .with("replaces", if known { "true" } else { "false" })
        .with("scheme_operator", facts.scheme_operator.as_str())
        .with("trust_level", facts.trust_level.number().to_string());
    match &candidate.attested {
        Some(attested) => attested.describe(fact),
        None => fact,
    }
}

const fn admission_name(admission: Admission, attested: bool) -> &'static str {
    match admission {
        Admission::None if attested => "attestation",
        Admission::None => "policy",
        Admission::Code | Admission::UnboundCode => "code",
        Admission::Approved => "approval",
    }
}

fn used_before(admitted: &Admitted) -> Problem {
    if admitted.consumption.is_some() {
        refused("the enrolment code, approval or challenge was used before")
    } else {
        Code::InvalidProof.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(more: &serde_json::Value) -> EnrolRequest {
        let mut body = serde_json::json!({"vdsData": "", "publicKeyPem": "", "deviceId": "phone"});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn the_form_of_approvals_is_one_or_two() {
        assert_eq!(
            signed_message(&request(&serde_json::json!({}))).unwrap(),
            SignedMessage::V1
        );
        assert_eq!(
            signed_message(&request(&serde_json::json!({"signedMessage": 2}))).unwrap(),
            SignedMessage::V2
        );
        assert!(signed_message(&request(&serde_json::json!({"signedMessage": 3}))).is_err());
    }

    #[test]
    fn a_device_name_that_would_break_a_signed_string_is_no_device_name() {
        let body = serde_json::json!({"vdsData": "", "publicKeyPem": "", "deviceId": "a|b"});
        assert!(serde_json::from_value::<EnrolRequest>(body).is_err());
    }
}
