//! Refresh families, narrowing, and what a client gets without a person.

use proptest::prelude::*;

use super::super::*;
use super::{at, client, code_grant, form, scope};
use crate::client::{Client, ClientProfile};
use crate::grant::{Grant, GrantId};

pub(super) fn tag(bytes: &[u8]) -> [u8; 16] {
    let mut tag = [0_u8; 16];
    for (index, byte) in bytes.iter().enumerate() {
        tag[index % 16] = tag[index % 16].wrapping_mul(31).wrapping_add(*byte);
    }
    tag
}

#[test]
fn a_refresh_token_names_its_grant_and_cannot_be_made_up() {
    let grant_id = grant_of_code("code");
    let token = RefreshToken::new(&grant_id, [7; 16], tag).unwrap();
    let text = token.to_text();
    assert!(text.starts_with("rt_") && text.len() == 67);
    let read = RefreshToken::parse(&text, tag).unwrap();
    assert_eq!(read.grant_id(), grant_id);
    assert_eq!(read, token);
    assert_eq!(format!("{read:?}"), "RefreshToken(..)");
    for index in 3..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(
            changed == text || RefreshToken::parse(&changed, tag).is_none(),
            "{index}"
        );
    }
    assert!(RefreshToken::new(&GrantId::new("short"), [7; 16], tag).is_none());
}

const LIMITS: FamilyLimits = FamilyLimits {
    idle_seconds: 1000,
    grace_seconds: 30,
};

fn grant() -> Grant {
    let mut grant = begin_grant(grant_of_code("code"), &code_grant(), None, at(0), at(10_000));
    grant.refresh = Some(new_family("one".to_owned(), LIMITS, at(0)));
    grant
}

#[test]
fn fapi2_5_3_2_1_a_token_stays_and_its_time_is_renewed() {
    let fapi = Client {
        profile: ClientProfile::Fapi2,
        ..client()
    };
    assert!(!is_rotated(&fapi) && is_rotated(&client()));
    let used = kept(grant(), LIMITS, at(900));
    assert_eq!(use_of(&used, "one", LIMITS, at(1899)), RefreshUse::Current);
    assert_eq!(use_of(&used, "one", LIMITS, at(1900)), RefreshUse::Ended);
    assert_eq!(used.refresh.as_ref().unwrap().generation, 0);
}

#[test]
fn rfc9700_4_14_2_rotation_grace_and_reuse() {
    let first = grant();
    assert_eq!(use_of(&first, "one", LIMITS, at(10)), RefreshUse::Current);
    assert_eq!(use_of(&first, "zero", LIMITS, at(10)), RefreshUse::Reused);
    let second = rotated(first, "one".to_owned(), "two".to_owned(), LIMITS, at(10));
    assert_eq!(second.refresh.as_ref().unwrap().generation, 1);
    assert_eq!(use_of(&second, "two", LIMITS, at(11)), RefreshUse::Current);
    assert_eq!(use_of(&second, "one", LIMITS, at(39)), RefreshUse::Repeated);
    assert_eq!(use_of(&second, "one", LIMITS, at(40)), RefreshUse::Reused);
    let third = rotated(second, "two".to_owned(), "three".to_owned(), LIMITS, at(12));
    assert_eq!(use_of(&third, "two", LIMITS, at(13)), RefreshUse::Repeated);
    assert_eq!(use_of(&third, "one", LIMITS, at(13)), RefreshUse::Reused);
    assert_eq!(
        use_of(&third, "three", LIMITS, at(1012)),
        RefreshUse::Ended,
        "idle"
    );
    let revoked = Grant {
        revoked_at: Some(at(13)),
        ..third.clone()
    };
    assert_eq!(use_of(&revoked, "three", LIMITS, at(14)), RefreshUse::Ended);
    let over = Grant {
        expires_at: at(14),
        ..third
    };
    assert_eq!(use_of(&over, "three", LIMITS, at(14)), RefreshUse::Ended);
}

#[test]
fn rfc6749_6_a_refresh_narrows_and_never_widens() {
    let granted = scope("openid offline_access identity:name");
    assert_eq!(narrowed(&granted, None).unwrap(), granted);
    assert_eq!(narrowed(&granted, Some("openid")).unwrap().to_string(), "openid");
    for wider in ["openid identity:full", "unknown", "email"] {
        assert_eq!(
            narrowed(&granted, Some(wider)).unwrap_err().code,
            ErrorCode::InvalidScope,
            "{wider}"
        );
    }
}

#[test]
fn rfc8707_2_2_resources_narrow_and_never_widen() {
    let granted = ["https://a.example".to_owned(), "https://b.example".to_owned()];
    let narrow = |body: &str| narrowed_resources(&granted, &form(body));
    assert_eq!(narrow("").unwrap(), granted);
    assert_eq!(
        narrow("resource=https://b.example").unwrap(),
        ["https://b.example"]
    );
    let error = narrow("resource=https://a.example&resource=https://c.example").unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidTarget);
}

#[test]
fn rfc6749_4_4_without_a_person_only_the_clients_own_scopes() {
    let client = Client {
        resource_scopes: vec!["read".to_owned(), "write".to_owned()],
        allowed_scopes: vec!["openid".to_owned(), "identity:name".to_owned()],
        ..client()
    };
    let of = |scope| granted_to_client(&client, scope).map(|scope| scope.to_string());
    assert_eq!(of(None).unwrap(), "read write");
    assert_eq!(of(Some("write")).unwrap(), "write");
    for refused in ["openid", "identity:name", "read delete", "offline_access"] {
        assert_eq!(
            of(Some(refused)).unwrap_err().code,
            ErrorCode::InvalidScope,
            "{refused}"
        );
    }
}

proptest! {
    #[test]
    fn no_order_of_uses_revives_an_old_refresh_token(steps in proptest::collection::vec(0_usize..4, 1..20)) {
        let mut grant = grant();
        let mut known = vec!["one".to_owned()];
        let mut now = 0;
        for step in steps {
            now += 31;
            let tried = known[known.len().saturating_sub(step + 1)].clone();
            let expected = if tried == known[known.len() - 1] { RefreshUse::Current } else { RefreshUse::Reused };
            prop_assert_eq!(use_of(&grant, &tried, LIMITS, at(now)), expected);
            if expected == RefreshUse::Current {
                let next = format!("token {now}");
                grant = rotated(grant, tried, next.clone(), LIMITS, at(now));
                known.push(next);
            }
        }
    }
}
