//! Any order of events: one terminal state, no approval after expiry or the third failure, a replay changes nothing.

use idp_types::{
    AtomicScope, DeviceId, MatchingMode, ScopeSet, ServiceId, SessionId, Timestamp, TokenId, TrustLevel,
};
use proptest::prelude::*;

use super::*;
use crate::claims::PresentedClaims;
use crate::enrolment::DeviceStanding;

const START: i64 = 1_760_000_000;

fn opening(mode: MatchingMode, scanned: bool) -> Opening {
    Opening {
        id: SessionId::parse("sess_test").unwrap(),
        random: "00".repeat(16),
        purpose: Purpose::Login,
        service_id: ServiceId::parse("bar-le-central").unwrap(),
        token_id: scanned.then(|| TokenId::parse("jean").unwrap()),
        deliverable: scanned,
        requested: [AtomicScope::Name, AtomicScope::AgeOver18].into_iter().collect(),
        mode,
        caller: Caller {
            authenticated: false,
            handle: "h".into(),
        },
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(START + seconds)
}

fn presented() -> PresentedClaims {
    let mut claims = PresentedClaims::default();
    claims.given_name = Some("Jean".into());
    claims.family_name = Some("Dupont".into());
    claims.ages_reached = vec![18];
    claims
}

fn answer(signed_at: i64, right: bool, granted: &[AtomicScope]) -> Answer {
    Answer {
        device_id: DeviceId::parse("phone").unwrap(),
        standing: DeviceStanding::Active,
        signed_at: at(signed_at),
        code_matches: right,
        granted: granted.iter().copied().collect(),
        presented: Some(presented()),
        trust_level: TrustLevel::High,
        request_digest: format!("{right}{granted:?}{signed_at}"),
        token_expires_at: at(3600),
    }
}

fn answered(signed_at: i64, right: bool, granted: &[AtomicScope]) -> Event {
    Event::Answered(Box::new(answer(signed_at, right, granted)))
}

fn pending(mode: MatchingMode) -> Session {
    begin(opening(mode, true), at(0)).0
}

fn resolutions(effects: &[Effect]) -> usize {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Resolve(_)))
        .count()
}

#[test]
fn a_right_answer_approves_and_releases_what_was_granted() {
    let step = pending(MatchingMode::Compare).step(answered(5, true, &[AtomicScope::AgeOver18]), at(6));
    assert_eq!(step.verdict, Ok(Accepted::Done));
    let claims = step.effects.iter().find_map(|effect| match effect {
        Effect::Release(release) => Some(&release.claims),
        _ => None,
    });
    assert_eq!(
        serde_json::to_value(claims).unwrap(),
        serde_json::json!({"age_over_18": true})
    );
}

#[test]
fn the_same_bytes_again_change_nothing() {
    let first = pending(MatchingMode::Compare).step(answered(5, true, &[]), at(6));
    let again = first.session.clone().step(answered(5, true, &[]), at(7));
    assert_eq!((again.verdict, again.effects.len()), (Ok(Accepted::Repeated), 0));
    assert_eq!(again.session, first.session);
    let other = again.session.step(answered(6, true, &[]), at(7));
    assert_eq!(other.verdict, Err(Refusal::NotPending));
}

#[test]
fn the_third_wrong_answer_ends_the_session() {
    let mut session = pending(MatchingMode::Compare);
    for left in [2, 1, 0] {
        let step = session.step(answered(1, false, &[]), at(2));
        assert_eq!(step.verdict, Err(Refusal::InvalidOtp { attempts_left: left }));
        session = step.session;
    }
    assert!(matches!(
        session.state,
        State::Rejected {
            reason: RejectReason::TooManyAttempts,
            ..
        }
    ));
    assert_eq!(
        session.step(answered(1, true, &[]), at(3)).verdict,
        Err(Refusal::TooManyAttempts)
    );
}

#[test]
fn one_wrong_choice_ends_the_session_but_a_wrong_signature_does_not() {
    let step = pending(MatchingMode::Choose).step(Event::SignatureInvalid, at(1));
    assert_eq!(step.verdict, Err(Refusal::InvalidSignature { attempts_left: 2 }));
    assert!(
        !step
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::CountFailure(_))),
        "nobody else can lock a device"
    );
    let step = step.session.step(answered(1, false, &[]), at(2));
    assert!(matches!(
        step.session.state,
        State::Rejected {
            reason: RejectReason::InvalidOtp,
            ..
        }
    ));
}

#[test]
fn refusals_that_cost_no_attempt() {
    let wide = answered(1, true, &[AtomicScope::Photo]);
    assert_eq!(
        pending(MatchingMode::Compare).step(wide, at(2)).verdict,
        Err(Refusal::ScopeNotRequested)
    );
    for (signed_at, fine) in [(-31, false), (-30, true), (40, true), (41, false)] {
        let step = pending(MatchingMode::Compare).step(answered(signed_at, true, &[]), at(10));
        assert_eq!(step.verdict.is_ok(), fine, "{signed_at}");
    }
    let mut empty = answer(1, true, &[AtomicScope::Name]);
    empty.presented = Some(PresentedClaims::default());
    let step = pending(MatchingMode::Compare).step(Event::Answered(Box::new(empty)), at(2));
    assert!(matches!(step.verdict, Err(Refusal::ClaimsNotPresented(_))));
    assert!(matches!(
        step.session.state,
        State::Pending {
            attempts_left: ATTEMPTS
        }
    ));
}

#[test]
fn a_device_that_is_not_active_cannot_approve() {
    for standing in [
        DeviceStanding::Revoked,
        DeviceStanding::SealExpired,
        DeviceStanding::Locked,
    ] {
        let mut late = answer(1, true, &[]);
        late.standing = standing;
        let step = pending(MatchingMode::Compare).step(Event::Answered(Box::new(late)), at(2));
        assert_eq!(step.verdict, Err(Refusal::DeviceNotActive(standing)));
    }
}

#[test]
fn a_question_that_was_withdrawn_has_no_answer() {
    let step = pending(MatchingMode::Compare).step(Event::Withdrawn, at(1));
    assert_eq!(
        (step.verdict, resolutions(&step.effects)),
        (Ok(Accepted::Done), 1)
    );
    let late = step.session.step(answered(2, true, &[]), at(2));
    assert_eq!((late.verdict, late.effects.len()), (Err(Refusal::NotPending), 0));
    let approved = pending(MatchingMode::Compare).step(answered(1, true, &[]), at(2));
    let step = approved.session.clone().step(Event::Withdrawn, at(3));
    assert_eq!(
        (step.session, step.effects.len()),
        (approved.session, 0),
        "an answer stays"
    );
}

#[test]
fn a_qr_gives_a_fresh_minute_when_it_is_scanned() {
    let (session, effects) = begin(opening(MatchingMode::Compare, false), at(0));
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::NotifyPhones))
    );
    let step = session.step(
        Event::Claimed {
            token_id: TokenId::parse("jean").unwrap(),
        },
        at(170),
    );
    assert_eq!(step.session.expires_at, at(230));
    assert_eq!(
        step.session.step(answered(175, true, &[]), at(180)).verdict,
        Ok(Accepted::Done)
    );
}

#[test]
fn a_full_queue_displaces_the_oldest_of_the_same_caller_and_nobody_elses() {
    let mut sessions = Vec::new();
    for n in 0..PENDING_CAP {
        let mut session = pending(MatchingMode::Compare);
        session.id = SessionId::parse(format!("sess_{n}")).unwrap();
        sessions.push(session);
    }
    let service = ServiceId::parse("bar-le-central").unwrap();
    let same = Caller {
        authenticated: false,
        handle: "h".into(),
    };
    let other = Caller {
        authenticated: true,
        handle: "bar-le-central".into(),
    };
    assert_eq!(
        displaced(&sessions, &service, &same, at(1)),
        [SessionId::parse("sess_0").unwrap()]
    );
    assert!(displaced(&sessions, &service, &other, at(1)).is_empty());
}

fn arbitrary_event() -> impl Strategy<Value = (u8, i64, bool)> {
    (0_u8..7, 0_i64..25, any::<bool>())
}

fn event(kind: u8, signed_at: i64, right: bool) -> Event {
    let device_id = DeviceId::parse("phone").unwrap();
    match kind {
        0 => Event::Claimed {
            token_id: TokenId::parse("jean").unwrap(),
        },
        1 => Event::SignatureInvalid,
        2 => Event::Declined {
            device_id,
            reason: DeclineReason::NotMe,
            signed_at: at(signed_at),
        },
        3 => Event::TimePassed,
        4 if right => Event::HolderRevoked,
        4 => Event::Withdrawn,
        _ => answered(signed_at, right, &[AtomicScope::Name]),
    }
}

proptest! {
    #[test]
    fn any_order_of_events_keeps_the_promises(
        events in prop::collection::vec(arbitrary_event(), 1..40),
        mode in prop::sample::select(&[MatchingMode::Compare, MatchingMode::Choose, MatchingMode::Transfer][..]),
        scanned in any::<bool>(),
    ) {
        let mut session = begin(opening(mode, scanned), at(0)).0;
        let (mut now, mut resolved, mut released, mut wrong) = (0, 0, 0, 0);
        let mut last_terminal: Option<Session> = None;
        for (kind, delta, right) in events {
            now += delta;
            let deadline = session.expires_at;
            let step = session.step(event(kind, now, right), at(now));
            resolved += resolutions(&step.effects);
            let releases = step.effects.iter().filter(|effect| matches!(effect, Effect::Release(_))).count();
            prop_assert!(releases == 0 || at(now) < deadline, "approved after expiry");
            prop_assert!(releases == 0 || wrong < 3, "approved after the third failure");
            released += releases;
            if matches!(step.verdict, Err(Refusal::InvalidOtp { .. } | Refusal::InvalidSignature { .. })) {
                wrong += 1;
            }
            if let Some(before) = &last_terminal {
                prop_assert_eq!(before, &step.session, "a terminal session changed");
                prop_assert!(step.effects.is_empty(), "a terminal session had effects");
            }
            if step.session.is_terminal() {
                last_terminal = Some(step.session.clone());
            }
            session = step.session;
        }
        prop_assert!(resolved <= 1 && released <= 1 && wrong <= 3);
        prop_assert_eq!(resolved == 1, session.is_terminal());
        prop_assert_eq!(released == 1, session.status() == Status::Approved);
    }

    #[test]
    fn what_is_released_was_granted_and_asked_for(granted in prop::collection::vec(prop::sample::select(AtomicScope::ALL), 0..6)) {
        let session = pending(MatchingMode::Compare);
        let requested = session.requested;
        let step = session.step(answered(1, true, &granted), at(2));
        let set: ScopeSet = granted.into_iter().collect();
        prop_assert_eq!(step.verdict.is_ok(), set.is_within(requested));
    }
}
