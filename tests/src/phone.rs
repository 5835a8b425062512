//! What a phone does, with the reference authenticator and an HTTP client.

use std::sync::Arc;

use http::Method;
use idp_authenticator::approval::{Answered, Code, PendingList};
use idp_authenticator::enrolment::Proof;
use idp_authenticator::wallet::WalletParts;
use idp_authenticator::{
    Admission, ApprovalError, Approver, Challenge, CodeAnswer, Decision, DeclineReason, DeviceKey,
    DeviceRequest, Enrolment, EnrolmentSeal, Issuer, PendingRequest, PushRegistration, RequestStamp,
    ScannedLink, SignedMessage, Wallet, approve, authorization, decline,
};
use idp_server::clock::{Clock as _, ShiftedClock};
use idp_types::{AtomicScope, DeviceId, ScopeSet, SessionId, Timestamp};
use serde_json::{Value, json};

use crate::http::{Answer, Call, Http};
use crate::people::Holder;
use crate::random;
use crate::site::Site;

/// How a device enrols.
#[derive(Clone)]
pub struct Enrolling<'a> {
    /// The device's name.
    pub device_id: &'a str,
    /// Its key.
    pub key: DeviceKey,
    /// The key that it had before, to prove that it is the same.
    pub previous: Option<DeviceKey>,
    /// What admits it.
    pub admission: Admission,
    /// Where its pushes go.
    pub push: Option<PushRegistration>,
    /// Which form of approvals it will sign.
    pub form: SignedMessage,
}

impl<'a> Enrolling<'a> {
    /// A new device with a new key and nothing else.
    pub fn new(device_id: &'a str) -> Self {
        Self {
            device_id,
            key: DeviceKey::from_random(&random()).expect("a scalar"),
            previous: None,
            admission: Admission::Open,
            push: None,
            form: SignedMessage::Second,
        }
    }

    /// With an admission.
    #[must_use]
    pub fn admitted(self, admission: Admission) -> Self {
        Self { admission, ..self }
    }
}

/// An enrolled phone.
#[derive(Debug)]
pub struct Phone {
    /// What it keeps.
    pub wallet: Wallet,
    form: SignedMessage,
    clock: Arc<ShiftedClock>,
    http: Http,
}

impl Phone {
    /// Enrols the first device of a holder.
    pub async fn enrol(server: &Site, holder: &Holder) -> Self {
        Self::enrol_as(server, holder, Enrolling::new("phone"))
            .await
            .unwrap_or_else(|answer| panic!("{}", answer.text()))
    }

    /// The body of an enrolment with a fresh challenge.
    pub async fn enrolment_body(server: &Site, holder: &Holder, enrolling: &Enrolling<'_>) -> Value {
        let challenge = server.send(Call::new(Method::POST, "/enroll/challenge")).await;
        Self::body_for(server, holder, (enrolling, &challenge))
    }

    fn body_for(server: &Site, holder: &Holder, (enrolling, challenge): (&Enrolling<'_>, &Answer)) -> Value {
        challenge.expect(200);
        let challenge = Challenge::parse(&challenge.body).expect("a challenge");
        let seal = EnrolmentSeal::trusting_issuer(&holder.seal, server.now()).expect("a readable seal");
        let device_id = DeviceId::parse(enrolling.device_id).expect("a deviceId");
        let issuer = Issuer::parse(&server.issuer).expect("an issuer");
        let enrolment = enrolment(enrolling, (&issuer, &seal, &device_id));
        let previous = enrolling
            .previous
            .as_ref()
            .map(|key| key as &dyn idp_authenticator::DeviceSigner);
        let proof = Proof {
            challenge: &challenge,
            previous,
        };
        let body = enrolment.body(Some(&proof), server.now()).expect("an enrolment");
        let mut body: Value = serde_json::from_str(&body).expect("JSON");
        if let Some(members) = body.as_object_mut() {
            members.insert("signedMessage".to_owned(), json!(enrolling.form.number()));
        }
        body
    }

    /// Enrols a device.
    ///
    /// # Errors
    /// The server's answer where it refuses.
    pub async fn enrol_as(
        server: &Site,
        holder: &Holder,
        enrolling: Enrolling<'_>,
    ) -> Result<Self, Box<Answer>> {
        let body = Self::enrolment_body(server, holder, &enrolling).await;
        let answer = server.send(Call::post("/enroll", &body)).await;
        Self::enrolled(server, holder, enrolling, answer)
    }

    /// Enrols a device on a server that may be gone at any moment; `None` when it is.
    pub async fn try_enrol(server: &Site, holder: &Holder, enrolling: Enrolling<'_>) -> Option<Self> {
        let challenge = server
            .http
            .try_send(Call::new(Method::POST, "/enroll/challenge"))
            .await?;
        let body = Self::body_for(server, holder, (&enrolling, &challenge));
        let answer = server.http.try_send(Call::post("/enroll", &body)).await?;
        Some(
            Self::enrolled(server, holder, enrolling, answer)
                .unwrap_or_else(|answer| panic!("{}", answer.text())),
        )
    }

    fn enrolled(
        server: &Site,
        holder: &Holder,
        enrolling: Enrolling<'_>,
        answer: Answer,
    ) -> Result<Self, Box<Answer>> {
        if !answer.status.is_success() {
            return Err(Box::new(answer));
        }
        let seal = EnrolmentSeal::trusting_issuer(&holder.seal, server.now()).expect("a readable seal");
        let device_id = DeviceId::parse(enrolling.device_id).expect("a deviceId");
        let issuer = Issuer::parse(&server.issuer).expect("an issuer");
        let completed =
            enrolment(&enrolling, (&issuer, &seal, &device_id)).complete(&answer.body, server.now());
        let parts = WalletParts {
            credential: completed.expect("a credential for this device"),
            seal: holder.seal.clone().into(),
            key: enrolling.key,
            encryption_key: None,
            issuer,
            device_id,
        };
        let wallet = Wallet::new(parts, server.now()).expect("parts that belong together");
        Ok(Self {
            wallet,
            form: enrolling.form,
            clock: server.clock.clone(),
            http: server.http.clone(),
        })
    }

    /// Enrols a further device of the same holder, which this one approves like a login.
    pub async fn enrol_further(&self, server: &Site, holder: &Holder, device_id: &str) -> Self {
        let enrolling = Enrolling::new(device_id);
        let refused = Self::enrol_as(server, holder, enrolling.clone())
            .await
            .expect_err("an approval is needed");
        let asked = refused.expect_problem(403, "admission_required");
        let session = asked
            .pointer("/approval/sessionId")
            .and_then(Value::as_str)
            .expect("a session to approve");
        let code = asked
            .pointer("/approval/autoPassword")
            .and_then(Value::as_str)
            .expect("a code to carry over");
        self.approve_with(&self.only().await, code).await.expect(200);
        let session = SessionId::parse(session).expect("a sessionId");
        let admitted = enrolling.admitted(Admission::Approved(session));
        Self::enrol_as(server, holder, admitted)
            .await
            .unwrap_or_else(|answer| panic!("{}", answer.text()))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A request that the device signs.
    pub fn sign(&self, method: &Method, path: &str, body: &str) -> Call {
        let request = DeviceRequest {
            method: method.as_str(),
            path_and_query: path,
            body: body.as_bytes(),
        };
        let stamp = RequestStamp {
            now: self.now(),
            nonce: random(),
        };
        let value = authorization(self.wallet.identity(), self.wallet.key(), &request, &stamp);
        let call = Call::new(method.clone(), path).header("authorization", &value);
        if body.is_empty() {
            call
        } else {
            call.text(body.to_owned())
        }
    }

    /// Sends a request that the device signs.
    pub async fn send(&self, method: Method, path: &str, body: &str) -> Answer {
        self.http.send(self.sign(&method, path, body)).await
    }

    /// What waits now.
    pub async fn pending(&self) -> Vec<PendingRequest> {
        self.look("/auth/pending").await
    }

    /// What waits, waiting for it.
    pub async fn wait(&self) -> Vec<PendingRequest> {
        self.look("/auth/pending?wait=20").await
    }

    /// What waits now, or the answer of a server that is in trouble; `None` where none came.
    ///
    /// # Errors
    /// The answer, where it is another.
    pub async fn try_pending(&self) -> Result<Vec<PendingRequest>, Option<Answer>> {
        let call = self.sign(&Method::GET, "/auth/pending", "");
        let answer = self.http.try_send(call).await.ok_or(None)?;
        if !answer.status.is_success() {
            return Err(Some(answer));
        }
        let list = PendingList::parse(&answer.body).expect("a list of requests");
        Ok(list.requests)
    }

    async fn look(&self, path: &str) -> Vec<PendingRequest> {
        let answer = self.send(Method::GET, path, "").await;
        answer.expect(200);
        let list = PendingList::parse(&answer.body).expect("a list of requests");
        assert_eq!(list.unreadable, 0);
        list.requests
    }

    /// The one request that waits.
    pub async fn only(&self) -> PendingRequest {
        let mut waiting = self.wait().await;
        assert_eq!(waiting.len(), 1, "one request waits");
        waiting.remove(0)
    }

    /// What [`approve`] needs.
    pub fn approver(&self) -> Approver<'_> {
        Approver {
            form: self.form,
            ..self.wallet.approver()
        }
    }

    /// The body of an approval that denies these scopes.
    ///
    /// # Errors
    /// The authenticator's, where the credential cannot answer.
    pub fn approval(
        &self,
        request: &PendingRequest,
        code: CodeAnswer,
        deny: &[&str],
    ) -> Result<String, ApprovalError> {
        let denied: ScopeSet = deny
            .iter()
            .map(|scope| scope.parse::<AtomicScope>().expect("a scope"))
            .collect();
        let decision =
            Decision::new(request, code, denied, self.now()).expect("an answer that fits the request");
        approve(&self.approver(), &decision, self.now())
    }

    /// Approvals that all are right and no two of which are the same: a hundred at most.
    pub fn different_approvals(&self, request: &PendingRequest, count: usize) -> Vec<String> {
        let now = self.now();
        let body = |index: i64| {
            let denied: ScopeSet = (index % 2 == 0)
                .then_some(AtomicScope::Name)
                .into_iter()
                .collect();
            let at = now.plus_seconds(index / 2 - 25);
            let decision = Decision::new(request, CodeAnswer::Compared, denied, at);
            approve(&self.approver(), &decision.expect("an answer that fits"), at)
                .expect("a credential that answers")
        };
        (0..100).take(count).map(body).collect()
    }

    /// The body of an approval that was decided in time and says that it was signed then.
    pub fn approval_signed_at(
        &self,
        request: &PendingRequest,
        decided: Timestamp,
        signed: Timestamp,
    ) -> String {
        // A phone whose clock is wrong believes what it wants.
        let mut request = request.clone();
        request.expires_at = request.expires_at.max(signed.plus_seconds(1));
        let decision = Decision::new(&request, CodeAnswer::Compared, ScopeSet::EMPTY, decided);
        approve(&self.approver(), &decision.expect("an answer that fits"), signed)
            .expect("a credential that answers")
    }

    /// Approves after comparing, everything granted.
    pub async fn approve(&self, request: &PendingRequest) -> Answer {
        self.approve_except(request, &[]).await
    }

    /// Approves after comparing, these scopes denied.
    pub async fn approve_except(&self, request: &PendingRequest, deny: &[&str]) -> Answer {
        let body = self
            .approval(request, CodeAnswer::Compared, deny)
            .expect("a credential that answers");
        self.verify(&body).await
    }

    /// Approves with a code.
    pub async fn approve_with(&self, request: &PendingRequest, code: &str) -> Answer {
        let code = CodeAnswer::Entered(Code::parse(code).expect("six digits"));
        let body = self
            .approval(request, code, &[])
            .expect("a credential that answers");
        self.verify(&body).await
    }

    /// Sends an approval.
    pub async fn verify(&self, body: &str) -> Answer {
        let answer = self
            .http
            .send(Call::new(Method::POST, "/auth/verify").text(body.to_owned()))
            .await;
        if answer.status.is_success() {
            assert!(
                matches!(Answered::parse(&answer.body), Ok(Answered::Approved { .. })),
                "{}",
                answer.text()
            );
        }
        answer
    }

    /// Declines.
    pub async fn reject(&self, session_id: &str, reason: DeclineReason) -> Answer {
        let body = self.rejection(session_id, reason);
        self.http
            .send(Call::new(Method::POST, "/auth/reject").text(body))
            .await
    }

    /// The body of a refusal.
    pub fn rejection(&self, session_id: &str, reason: DeclineReason) -> String {
        let session_id = SessionId::parse(session_id).expect("a sessionId");
        decline(
            self.wallet.identity(),
            self.wallet.key(),
            &session_id,
            reason,
            self.now(),
        )
    }

    /// Scans a QR of an identity request.
    pub async fn claim(&self, qr: &str) -> Answer {
        let identity = self.wallet.identity();
        let Ok(ScannedLink::Identity(link)) = ScannedLink::parse(qr, &identity.issuer) else {
            panic!("{qr} is no identity request")
        };
        self.send(
            Method::POST,
            "/identity/claim",
            &link.claim_body(&identity.token_id),
        )
        .await
    }
}

fn enrolment<'a>(
    enrolling: &'a Enrolling<'_>,
    (issuer, seal, device_id): (&'a Issuer, &'a EnrolmentSeal, &'a DeviceId),
) -> Enrolment<'a> {
    Enrolment {
        issuer,
        seal,
        device_id,
        signer: &enrolling.key,
        push: enrolling.push.as_ref(),
        admission: &enrolling.admission,
    }
}
