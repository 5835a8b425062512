//! `step(session, event, now) -> Step`: the whole life of an approval session.
//!
//! ```text
//! AwaitingScan --Claimed--> Pending --Answered, right--> Approved
//!      |                      |---- Answered wrong / SignatureInvalid, the third --> Rejected
//!      |                      |---- Declined, HolderRevoked, Displaced, Withdrawn -> Rejected
//!      +------ time ----------+---- time ------------------------------------------> Expired
//! ```
//!
//! The shell verifies signatures and presentations and hands facts in; this function decides. It never looks at a clock, and a
//! terminal session never changes again.

use idp_types::{CivilDate, ClaimSet, DeviceId, MatchingMode, ScopeSet, Timestamp, TokenId, TrustLevel};

use super::session::{
    ATTEMPTS, Approval, CLOCK_SKEW_SECONDS, RejectReason, SESSION_SECONDS, Session, State, Status,
};
use crate::audit::{Actor, AuditEvent, AuditFact};
use crate::claims::{ClaimsNotPresented, PresentedClaims, release};
use crate::enrolment::DeviceStanding;

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A phone scanned the QR and spoke for this holder, under a valid device signature.
    Claimed {
        /// The holder.
        token_id: TokenId,
    },
    /// A phone answered, under a valid device signature.
    Answered(Box<Answer>),
    /// An approval or refusal whose signature did not verify under any device of the session's holder.
    SignatureInvalid,
    /// A phone declined, under a valid device signature.
    Declined {
        /// Which device.
        device_id: DeviceId,
        /// Why.
        reason: DeclineReason,
        /// The signed time.
        signed_at: Timestamp,
    },
    /// Time passed; nothing else.
    TimePassed,
    /// The holder or its last device was revoked.
    HolderRevoked,
    /// A newer session takes this one's place in a full queue.
    Displaced,
    /// Whoever asked does not want an answer any more.
    Withdrawn,
}

/// A phone's approval, its signature verified.
#[derive(Debug)]
pub struct Answer {
    /// The device that signed.
    pub device_id: DeviceId,
    /// Whether that device may approve.
    pub standing: DeviceStanding,
    /// The signed time.
    pub signed_at: Timestamp,
    /// Whether the signed code is the session's, compared in constant time.
    pub code_matches: bool,
    /// What the person granted.
    pub granted: ScopeSet,
    /// The verified presentation; `None` when it was not one of this holder, device and session.
    pub presented: Option<PresentedClaims>,
    /// The trust level of the device's seal.
    pub trust_level: TrustLevel,
    /// SHA-256 of the request, lower-case hexadecimal.
    pub request_digest: String,
    /// When a token released now would expire.
    pub token_expires_at: Timestamp,
}

/// Why a person declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The person did not want to.
    Declined,
    /// The codes differed.
    Mismatch,
    /// The person had not asked for anything.
    NotMe,
}

impl DeclineReason {
    /// The word in the signed string.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Mismatch => "mismatch",
            Self::NotMe => "not_me",
        }
    }
}

/// Why an event was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The session is over, or was never this holder's.
    #[error("there is no such pending session")]
    NotPending,
    /// Three wrong answers ended the session.
    #[error("too many attempts")]
    TooManyAttempts,
    /// The signature did not verify.
    #[error("the signature is not valid")]
    InvalidSignature {
        /// Wrong answers that are still allowed.
        attempts_left: u8,
    },
    /// The code was wrong.
    #[error("the code is not the session's")]
    InvalidOtp {
        /// Wrong answers that are still allowed.
        attempts_left: u8,
    },
    /// The device may not approve.
    #[error("the device may not approve")]
    DeviceNotActive(DeviceStanding),
    /// The signed time is too far off.
    #[error("the signed time is outside the session")]
    TimestampOutOfRange,
    /// More was granted than was asked for.
    #[error("more was granted than was asked for")]
    ScopeNotRequested,
    /// The presentation was not one of this holder, device and session.
    #[error("the presentation is not valid for this session")]
    InvalidPresentation,
    /// A granted scope needs a claim that was not presented.
    #[error(transparent)]
    ClaimsNotPresented(#[from] ClaimsNotPresented),
}

/// What is to be done about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect {
    /// End the session durably: one unique row, in the commit of the audit records.
    Resolve(Status),
    /// Sign a token with these claims, after the commit.
    Release(Release),
    /// Tell the browser to look.
    WakeBrowser,
    /// Tell the holder's phones that something waits.
    NotifyPhones,
    /// Count a wrong code against the device, durably.
    CountFailure(DeviceId),
    /// Forget the device's wrong codes.
    ClearFailures(DeviceId),
    /// Block this service and caller for the holder for ten minutes.
    BlockCaller,
    /// Record a fact.
    Record(AuditFact),
}

/// What may be put into a token.
#[derive(Debug)]
pub struct Release {
    /// The device that approved.
    pub device_id: DeviceId,
    /// What was granted.
    pub granted: ScopeSet,
    /// The claims of it.
    pub claims: ClaimSet,
}

/// The outcome of one event.
#[derive(Debug)]
pub struct Step {
    /// The session after it.
    pub session: Session,
    /// Whether the event did what it wanted.
    pub verdict: Result<Accepted, Refusal>,
    /// What is to be done, in order.
    pub effects: Vec<Effect>,
}

/// An event that did what it wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// For the first time.
    Done,
    /// The same bytes again: the same answer, no effect.
    Repeated,
}

impl Session {
    /// Applies one event at `now`. Consumes the session, so that an old state cannot be used again.
    #[must_use]
    pub fn step(self, event: Event, now: Timestamp) -> Step {
        if self.is_terminal() {
            return self.after_the_end(&event);
        }
        if now >= self.expires_at {
            return self.expire(now);
        }
        match (event, self.state.clone()) {
            (Event::Claimed { token_id }, State::AwaitingScan) => self.claim(token_id, now),
            (Event::Answered(answer), State::Pending { attempts_left }) => {
                self.answer(*answer, attempts_left, now)
            }
            (Event::SignatureInvalid, State::Pending { attempts_left }) => {
                self.fail(attempts_left, None, now)
            }
            (
                Event::Declined {
                    device_id,
                    reason,
                    signed_at,
                },
                State::Pending { .. },
            ) => self.decline(&device_id, reason, signed_at, now),
            (Event::HolderRevoked, _) => self.end(RejectReason::Revoked, Ok(Accepted::Done), now),
            (Event::Withdrawn, _) => self.end(RejectReason::Withdrawn, Ok(Accepted::Done), now),
            (Event::Displaced, _) => self.end(RejectReason::Replaced, Ok(Accepted::Done), now),
            (Event::TimePassed, _) => self.unchanged(Ok(Accepted::Done)),
            _ => self.unchanged(Err(Refusal::NotPending)),
        }
    }

    fn unchanged(self, verdict: Result<Accepted, Refusal>) -> Step {
        Step {
            session: self,
            verdict,
            effects: Vec::new(),
        }
    }

    /// A terminal session never changes; the very request that approved it gets its answer again (profile 4.3).
    fn after_the_end(self, event: &Event) -> Step {
        let verdict = match (event, &self.state) {
            (Event::Answered(answer), State::Approved(approval))
                if answer.request_digest == approval.request_digest =>
            {
                Ok(Accepted::Repeated)
            }
            (Event::TimePassed | Event::HolderRevoked | Event::Displaced | Event::Withdrawn, _) => {
                Ok(Accepted::Repeated)
            }
            (
                _,
                State::Rejected {
                    reason: RejectReason::TooManyAttempts,
                    ..
                },
            ) => Err(Refusal::TooManyAttempts),
            _ => Err(Refusal::NotPending),
        };
        self.unchanged(verdict)
    }

    fn expire(mut self, now: Timestamp) -> Step {
        self.state = State::Expired { at: now };
        let fact = self.fact(AuditEvent::AuthExpire, Actor::System);
        let effects = vec![
            Effect::Resolve(Status::Expired),
            Effect::Record(fact),
            Effect::WakeBrowser,
        ];
        Step {
            session: self,
            verdict: Err(Refusal::NotPending),
            effects,
        }
    }

    fn claim(mut self, token_id: TokenId, now: Timestamp) -> Step {
        self.token_id = Some(token_id);
        self.deliverable = true;
        self.created_at = now;
        self.expires_at = now.plus_seconds(SESSION_SECONDS);
        self.state = State::Pending {
            attempts_left: ATTEMPTS,
        };
        let fact = self.fact(AuditEvent::AuthClaim, Actor::Device);
        Step {
            session: self,
            verdict: Ok(Accepted::Done),
            effects: vec![Effect::Record(fact), Effect::WakeBrowser],
        }
    }

    /// The checks of profile 4.3, in its order; pending and signature came before.
    fn answer(self, answer: Answer, attempts_left: u8, now: Timestamp) -> Step {
        if answer.standing != DeviceStanding::Active {
            return self.unchanged(Err(Refusal::DeviceNotActive(answer.standing)));
        }
        if !self.is_within_time(answer.signed_at, now) {
            return self.unchanged(Err(Refusal::TimestampOutOfRange));
        }
        if !answer.code_matches {
            return self.fail(attempts_left, Some(answer.device_id), now);
        }
        if !answer.granted.is_within(self.requested) {
            return self.unchanged(Err(Refusal::ScopeNotRequested));
        }
        let Some(presented) = &answer.presented else {
            return self.unchanged(Err(Refusal::InvalidPresentation));
        };
        match release(answer.granted, presented, answer.trust_level, today(now)) {
            Ok(claims) => self.approve(answer, claims, now),
            Err(missing) => self.unchanged(Err(missing.into())),
        }
    }

    /// Profile 4.3: from 30 s before the session to 30 s from now; a phone that signed offline retries within the session.
    fn is_within_time(&self, signed_at: Timestamp, now: Timestamp) -> bool {
        let earliest = self.created_at.minus_seconds(CLOCK_SKEW_SECONDS).unix_seconds();
        let latest = now.plus_seconds(CLOCK_SKEW_SECONDS).unix_seconds();
        (earliest..=latest).contains(&signed_at.unix_seconds())
    }

    fn approve(mut self, answer: Answer, claims: ClaimSet, now: Timestamp) -> Step {
        let granted = answer.granted;
        let denied = self.requested.without(granted);
        self.state = State::Approved(Approval {
            device_id: answer.device_id.clone(),
            granted,
            at: now,
            request_digest: answer.request_digest,
            token_expires_at: answer.token_expires_at,
        });
        let approved = self
            .fact(AuditEvent::AuthApprove, Actor::Device)
            .with("mode", mode_name(self.mode));
        let consent = self
            .fact(AuditEvent::Consent, Actor::Device)
            .with("granted", granted.to_claim())
            .with("denied", denied.to_claim());
        let effects = vec![
            Effect::Resolve(Status::Approved),
            Effect::ClearFailures(answer.device_id.clone()),
            Effect::Record(approved),
            Effect::Record(consent),
            Effect::Release(Release {
                device_id: answer.device_id,
                granted,
                claims,
            }),
            Effect::WakeBrowser,
        ];
        Step {
            session: self,
            verdict: Ok(Accepted::Done),
            effects,
        }
    }

    /// A wrong answer: `device` when it came under a valid signature, nobody when the signature itself was wrong.
    fn fail(mut self, attempts_left: u8, device: Option<DeviceId>, now: Timestamp) -> Step {
        let left = if device.is_some() && self.mode == MatchingMode::Choose {
            0
        } else {
            attempts_left.saturating_sub(1)
        };
        let (refusal, actor) = match &device {
            Some(_) => (Refusal::InvalidOtp { attempts_left: left }, Actor::Device),
            None => (
                Refusal::InvalidSignature { attempts_left: left },
                Actor::Anonymous,
            ),
        };
        let kind = if device.is_some() { "otp" } else { "signature" };
        let fact = self
            .fact(AuditEvent::AuthFail, actor)
            .with("wrong", kind)
            .with("attempts_left", left.to_string());
        let mut effects = vec![Effect::Record(fact)];
        effects.extend(device.map(Effect::CountFailure));
        if left > 0 {
            self.state = State::Pending { attempts_left: left };
            return Step {
                session: self,
                verdict: Err(refusal),
                effects,
            };
        }
        let reason = match self.mode {
            MatchingMode::Choose if matches!(refusal, Refusal::InvalidOtp { .. }) => RejectReason::InvalidOtp,
            _ => RejectReason::TooManyAttempts,
        };
        let mut step = self.end(reason, Err(refusal), now);
        effects.append(&mut step.effects);
        Step { effects, ..step }
    }

    fn decline(
        self,
        device_id: &DeviceId,
        reason: DeclineReason,
        signed_at: Timestamp,
        now: Timestamp,
    ) -> Step {
        if !self.is_within_time(signed_at, now) {
            return self.unchanged(Err(Refusal::TimestampOutOfRange));
        }
        let mut step = self.end(RejectReason::UserRejected, Ok(Accepted::Done), now);
        if reason == DeclineReason::NotMe {
            let fact = step
                .session
                .fact(AuditEvent::NotMe, Actor::Device)
                .with("device", device_id.as_str());
            step.effects.push(Effect::Record(fact));
            step.effects.push(Effect::BlockCaller);
        }
        step
    }

    fn end(mut self, reason: RejectReason, verdict: Result<Accepted, Refusal>, now: Timestamp) -> Step {
        self.state = State::Rejected { reason, at: now };
        let fact = self
            .fact(AuditEvent::AuthReject, Actor::System)
            .with("reason", reason.as_str());
        let effects = vec![
            Effect::Resolve(Status::Rejected),
            Effect::Record(fact),
            Effect::WakeBrowser,
        ];
        Step {
            session: self,
            verdict,
            effects,
        }
    }

    /// A fact in this session. A verification without login names nobody (profile 7).
    pub(super) fn fact(&self, event: AuditEvent, actor: Actor) -> AuditFact {
        let fact = AuditFact::new(event, actor)
            .in_session(&self.id)
            .for_service(&self.service_id);
        match (&self.token_id, &self.purpose) {
            (Some(token_id), purpose) if *purpose != super::session::Purpose::Verify => fact.about(token_id),
            _ => fact,
        }
    }
}

/// Ages are counted on the day in UTC (profile 6).
fn today(now: Timestamp) -> CivilDate {
    now.civil_date()
}

const fn mode_name(mode: MatchingMode) -> &'static str {
    match mode {
        MatchingMode::Compare => "compare",
        MatchingMode::Choose => "choose",
        MatchingMode::Transfer => "transfer",
    }
}
