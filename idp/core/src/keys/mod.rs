//! The life of a signing key: published before it signs, published after it signed (profile 5; RFC 7517 key sets are cached).

use idp_types::{KeyId, Timestamp};
use serde::{Deserialize, Serialize};

/// What a key is for. No key serves two purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Direct JWTs and their status lists; published.
    Token,
    /// Service VDS; published.
    ServiceSeal,
    /// ID tokens and access tokens of clients that ask for RS256; published, with a certificate.
    OidcRs256,
    /// The same for PS256; published.
    OidcPs256,
    /// The same for EdDSA; published.
    #[serde(rename = "oidc_eddsa")]
    OidcEdDsa,
    /// SAML messages and metadata, RSA-SHA256; published in the metadata, with a certificate.
    SamlRs256,
    /// The same with ECDSA-SHA256, for service providers that read it.
    SamlEs256,
    /// Enrolment credentials; never published (profile 1.1).
    EnrolmentCredential,
    /// Operators' tokens for `/admin`; never published.
    Operator,
    /// Audit checkpoints; published by `idp audit verify --print-key`.
    Audit,
}

impl KeyPurpose {
    /// Every purpose.
    pub const ALL: [Self; 10] = [
        Self::Token,
        Self::ServiceSeal,
        Self::OidcRs256,
        Self::OidcPs256,
        Self::OidcEdDsa,
        Self::SamlRs256,
        Self::SamlEs256,
        Self::EnrolmentCredential,
        Self::Operator,
        Self::Audit,
    ];

    /// Whether the key stands in `/.well-known/jwks.json`.
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Token | Self::ServiceSeal) || self.is_for_clients()
    }

    /// Whether the key is for SAML service providers. The first one is made when it is needed first, and the next one when an operator asks:
    /// many service providers take a certificate by hand, and one that changed by itself would lock their people out.
    pub const fn is_saml(self) -> bool {
        matches!(self, Self::SamlRs256 | Self::SamlEs256)
    }

    /// Whether keys of the purpose have a certificate.
    pub const fn has_certificate(self) -> bool {
        matches!(self, Self::OidcRs256) || self.is_saml()
    }

    /// Bits of RSA keys of the purpose: 3072 for SAML (SDP-MD06), whose keys stay for years.
    pub const fn rsa_bits(self) -> u16 {
        if self.is_saml() { 3072 } else { 2048 }
    }

    /// Days that a certificate of a key is valid, if the keys rotate every so many days. Those of SAML are not renewed before an operator
    /// says so.
    pub const fn certificate_days(self, rotate_days: u32) -> i64 {
        if self.is_saml() { 3653 } else { rotate_days as i64 }
    }

    /// Whether only OpenID Connect clients get what the key signs.
    const fn is_for_clients(self) -> bool {
        matches!(self, Self::OidcRs256 | Self::OidcPs256 | Self::OidcEdDsa)
    }

    /// The registered name of the signature algorithm (RFC 7518 section 3.1, RFC 8037 section 3.1). The algorithm itself is the
    /// shell's: this crate signs nothing.
    pub const fn algorithm_name(self) -> &'static str {
        match self {
            Self::Token
            | Self::ServiceSeal
            | Self::SamlEs256
            | Self::EnrolmentCredential
            | Self::Operator
            | Self::Audit => "ES256",
            Self::OidcRs256 | Self::SamlRs256 => "RS256",
            Self::OidcPs256 => "PS256",
            Self::OidcEdDsa => "EdDSA",
        }
    }

    /// Seconds that a key of this purpose is published before it signs. Relying parties of OpenID Connect cache key sets for a
    /// day, and the largest asks for two between publication and first use. Those of SAML get a month, because at many of them a person has
    /// to replace a certificate.
    pub const fn publish_ahead(self, policy: &RotationPolicy) -> i64 {
        let least = match self {
            Self::SamlRs256 | Self::SamlEs256 => 30 * DAY,
            _ if self.is_for_clients() => 2 * DAY,
            _ => 0,
        };
        at_least(least, policy.publish_ahead)
    }

    /// Seconds that a key of this purpose is kept after it signed last: as long as anything that it signed can be valid.
    /// Enrolment credentials live as long as a document, Service VDS a week, operators' tokens a day, checkpoints for good.
    pub const fn keep_after(self, policy: &RotationPolicy) -> i64 {
        let least = match self {
            Self::Token
            | Self::OidcRs256
            | Self::OidcPs256
            | Self::OidcEdDsa
            | Self::SamlRs256
            | Self::SamlEs256 => 0,
            Self::ServiceSeal => 8 * DAY,
            Self::EnrolmentCredential => 15 * 366 * DAY,
            Self::Operator => 2 * DAY,
            Self::Audit => 100 * 366 * DAY,
        };
        at_least(least, policy.keep_after)
    }

    /// Seconds that the public half of a key is remembered after the key is gone. ID tokens come back as hints long after they
    /// expired (OIDC Core 3.1.2.1; RP-Initiated Logout 1.0, 2: "the OP SHOULD accept" them): for 400 days, as long as a browser
    /// keeps a cookie at most.
    pub const fn remember_after(self) -> i64 {
        match self {
            Self::Token | Self::OidcRs256 | Self::OidcPs256 | Self::OidcEdDsa => 400 * DAY,
            Self::ServiceSeal
            | Self::SamlRs256
            | Self::SamlEs256
            | Self::EnrolmentCredential
            | Self::Operator
            | Self::Audit => 0,
        }
    }

    /// The word in files and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::ServiceSeal => "service_seal",
            Self::OidcRs256 => "oidc_rs256",
            Self::OidcPs256 => "oidc_ps256",
            Self::OidcEdDsa => "oidc_eddsa",
            Self::SamlRs256 => "saml_rs256",
            Self::SamlEs256 => "saml_es256",
            Self::EnrolmentCredential => "enrolment_credential",
            Self::Operator => "operator",
            Self::Audit => "audit",
        }
    }
}

const DAY: i64 = 86_400;

/// The larger one; `Ord::max` is not for constant functions.
const fn at_least(least: i64, seconds: i64) -> i64 {
    if least > seconds { least } else { seconds }
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPhase {
    /// Published, does not sign yet.
    Upcoming,
    /// Signs.
    Active,
    /// Does not sign any more; what it signed still verifies.
    Retiring,
    /// Nothing that it signed can still be valid.
    Gone,
}

/// The times that a rotation keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationPolicy {
    /// Seconds that a key is published before it signs: at least what caches of the key set keep. Longer for some purposes, see
    /// [`KeyPurpose::publish_ahead`].
    pub publish_ahead: i64,
    /// Seconds that a key stays published after it signed last: at least the longest life of what it signed and the caches' time.
    /// Longer for some purposes, see [`KeyPurpose::keep_after`].
    pub keep_after: i64,
}

/// A key's dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLife {
    /// Its identifier.
    pub kid: KeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it signs.
    pub active_from: Timestamp,
    /// From when its successor signs.
    pub retired_at: Option<Timestamp>,
    /// When it was ended before its time, because somebody else may have it: nothing that it signed counts any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl KeyLife {
    /// When nothing that the key signed can be valid any more; `None` while no successor is planned.
    pub fn gone_at(&self, policy: &RotationPolicy) -> Option<Timestamp> {
        let keep_after = self.purpose.keep_after(policy);
        let planned = self
            .retired_at
            .map(|retired_at| retired_at.plus_seconds(keep_after));
        self.revoked_at.or(planned)
    }

    /// Whether the public half is remembered at `now`, for what expired long ago. That of a revoked key is too, so that it is known for
    /// what it is.
    pub fn is_remembered(&self, policy: &RotationPolicy, now: Timestamp) -> bool {
        let remember_after = match self.revoked_at {
            Some(_) => 400 * DAY,
            None => self.purpose.remember_after(),
        };
        self.gone_at(policy)
            .is_none_or(|gone_at| now < gone_at.plus_seconds(remember_after))
    }

    /// Where the key stands at `now`.
    pub fn phase(&self, policy: &RotationPolicy, now: Timestamp) -> KeyPhase {
        match self.retired_at {
            _ if self.gone_at(policy).is_some_and(|gone_at| now >= gone_at) => KeyPhase::Gone,
            Some(retired_at) if now >= retired_at => KeyPhase::Retiring,
            _ if now >= self.active_from => KeyPhase::Active,
            _ => KeyPhase::Upcoming,
        }
    }
}

/// Plans a rotation: the new key's dates, and the date on which the active one retires.
pub fn rotate(
    lives: &mut [KeyLife],
    kid: KeyId,
    purpose: KeyPurpose,
    policy: &RotationPolicy,
    now: Timestamp,
) -> KeyLife {
    let active_from = if active(lives, purpose, policy, now).is_some() {
        now.plus_seconds(purpose.publish_ahead(policy))
    } else {
        now
    };
    for life in lives.iter_mut().filter(|life| life.purpose == purpose) {
        life.retired_at.get_or_insert(active_from);
    }
    KeyLife {
        kid,
        purpose,
        created_at: now,
        active_from,
        retired_at: None,
        revoked_at: None,
    }
}

/// Ends a key at once. Where it signed, the one that waits signs from now on; while there is none, no key does.
pub fn revoke(lives: &mut [KeyLife], kid: &KeyId, policy: &RotationPolicy, now: Timestamp) {
    let Some(revoked) = lives.iter_mut().find(|life| life.kid == *kid) else {
        return;
    };
    let (purpose, phase, from) = (revoked.purpose, revoked.phase(policy, now), revoked.active_from);
    let until = revoked.retired_at;
    revoked.revoked_at = Some(now);
    let mut others = lives
        .iter_mut()
        .filter(|life| life.purpose == purpose && life.kid != *kid && life.revoked_at.is_none());
    match phase {
        KeyPhase::Active => {
            let next = others.find(|life| Some(life.active_from) == until);
            if let Some(next) = next {
                next.active_from = now;
            }
        }
        KeyPhase::Upcoming => {
            // Whoever signs before it goes on until the one after it.
            for before in others.filter(|life| life.retired_at == Some(from)) {
                before.retired_at = until;
            }
        }
        KeyPhase::Retiring | KeyPhase::Gone => {}
    }
}

/// The key that signs at `now`.
pub fn active<'a>(
    lives: &'a [KeyLife],
    purpose: KeyPurpose,
    policy: &RotationPolicy,
    now: Timestamp,
) -> Option<&'a KeyLife> {
    lives
        .iter()
        .filter(|life| life.purpose == purpose)
        .find(|life| life.phase(policy, now) == KeyPhase::Active)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: RotationPolicy = RotationPolicy {
        publish_ahead: 7200,
        keep_after: 7200,
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn kid(n: usize) -> KeyId {
        KeyId::parse(format!("k{n}")).unwrap()
    }

    #[test]
    fn the_first_key_signs_at_once_and_the_next_is_published_ahead() {
        let mut lives = vec![rotate(&mut [], kid(0), KeyPurpose::Token, &POLICY, at(0))];
        assert_eq!(lives[0].phase(&POLICY, at(0)), KeyPhase::Active);
        let next = rotate(&mut lives, kid(1), KeyPurpose::Token, &POLICY, at(1000));
        lives.push(next);
        let phases = |now| {
            lives
                .iter()
                .map(|life| life.phase(&POLICY, at(now)))
                .collect::<Vec<_>>()
        };
        assert_eq!(phases(1000), [KeyPhase::Active, KeyPhase::Upcoming]);
        assert_eq!(phases(8200), [KeyPhase::Retiring, KeyPhase::Active]);
        assert_eq!(phases(15_400), [KeyPhase::Gone, KeyPhase::Active]);
    }

    #[test]
    fn words_are_the_same_in_files_and_on_the_command_line() {
        for purpose in KeyPurpose::ALL {
            let word = serde_json::to_value(purpose).unwrap();
            assert_eq!(word, purpose.as_str());
            assert_eq!(serde_json::from_value::<KeyPurpose>(word).unwrap(), purpose);
        }
    }

    #[test]
    fn keys_for_clients_are_published_two_days_ahead() {
        for purpose in [
            KeyPurpose::OidcRs256,
            KeyPurpose::OidcPs256,
            KeyPurpose::OidcEdDsa,
        ] {
            assert!(purpose.is_published());
            let mut lives = vec![rotate(&mut [], kid(0), purpose, &POLICY, at(0))];
            let next = rotate(&mut lives, kid(1), purpose, &POLICY, at(1000));
            assert_eq!(next.active_from, at(1000 + 2 * DAY));
            assert_eq!(lives[0].gone_at(&POLICY), Some(at(1000 + 2 * DAY + 7200)));
        }
        let longer = RotationPolicy {
            publish_ahead: 3 * DAY,
            ..POLICY
        };
        assert_eq!(KeyPurpose::OidcRs256.publish_ahead(&longer), 3 * DAY);
        assert_eq!(KeyPurpose::Token.publish_ahead(&POLICY), 7200);
    }

    #[test]
    fn keys_of_id_tokens_are_remembered_and_others_are_not() {
        for purpose in KeyPurpose::ALL {
            let mut lives = vec![rotate(&mut [], kid(0), purpose, &POLICY, at(0))];
            rotate(&mut lives, kid(1), purpose, &POLICY, at(1000));
            let gone = lives[0].gone_at(&POLICY).unwrap();
            let remembered = |later| lives[0].is_remembered(&POLICY, gone.plus_seconds(later));
            let signs_id_tokens = purpose == KeyPurpose::Token || purpose.is_for_clients();
            assert_eq!(
                [-1, 0, 400 * DAY - 1, 400 * DAY].map(remembered),
                [true, signs_id_tokens, signs_id_tokens, false],
                "{purpose:?}"
            );
        }
    }

    #[test]
    fn a_credential_outlives_the_key_that_signs_now() {
        let mut lives = vec![rotate(
            &mut [],
            kid(0),
            KeyPurpose::EnrolmentCredential,
            &POLICY,
            at(0),
        )];
        let next = rotate(
            &mut lives,
            kid(1),
            KeyPurpose::EnrolmentCredential,
            &POLICY,
            at(1000),
        );
        lives.push(next);
        let ten_years = 10 * 366 * 86_400;
        assert_eq!(lives[0].phase(&POLICY, at(ten_years)), KeyPhase::Retiring);
        assert_eq!(lives[1].phase(&POLICY, at(ten_years)), KeyPhase::Active);
    }

    /// The published key set never shows it again, and somebody signs.
    #[test]
    fn a_revoked_key_is_gone_at_once_and_the_next_one_signs() {
        let mut lives = vec![rotate(&mut [], kid(0), KeyPurpose::Token, &POLICY, at(0))];
        let next = rotate(&mut lives, kid(1), KeyPurpose::Token, &POLICY, at(1000));
        lives.push(next);
        let mut without_active = lives.clone();
        revoke(&mut without_active, &kid(0), &POLICY, at(2000));
        let phases = |lives: &[KeyLife], now| {
            let phases = lives.iter().map(|life| life.phase(&POLICY, at(now)));
            phases.collect::<Vec<_>>()
        };
        assert_eq!(phases(&without_active, 2000), [KeyPhase::Gone, KeyPhase::Active]);
        revoke(&mut without_active, &kid(1), &POLICY, at(3000));
        assert_eq!(phases(&without_active, 3000), [KeyPhase::Gone, KeyPhase::Gone]);
        let at_once = rotate(&mut without_active, kid(2), KeyPurpose::Token, &POLICY, at(3000));
        assert_eq!(at_once.phase(&POLICY, at(3000)), KeyPhase::Active);

        revoke(&mut lives, &kid(1), &POLICY, at(2000));
        assert_eq!(phases(&lives, 2000), [KeyPhase::Active, KeyPhase::Gone]);
        assert_eq!(phases(&lives, 100_000), [KeyPhase::Active, KeyPhase::Gone]);
    }

    proptest! {
        /// However often keys rotate, one and only one signs for each purpose.
        #[test]
        fn exactly_one_key_signs(
            purpose in prop::sample::select(KeyPurpose::ALL.to_vec()),
            gaps in prop::collection::vec(2 * DAY..4 * DAY, 0..10),
            offset in 0..50 * DAY,
        ) {
            let mut lives: Vec<KeyLife> = Vec::new();
            let mut now = 0;
            let first = rotate(&mut lives, kid(99), purpose, &POLICY, at(0));
            lives.push(first);
            for (n, gap) in gaps.into_iter().enumerate() {
                now += gap;
                let next = rotate(&mut lives, kid(n), purpose, &POLICY, at(now));
                lives.push(next);
            }
            let signing = lives.iter().filter(|life| life.phase(&POLICY, at(offset)) == KeyPhase::Active).count();
            prop_assert_eq!(signing, 1);
        }
    }
}
