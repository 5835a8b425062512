//! Subjects that relying parties cannot compare with each other (profile 5, 7 and 8).

use idp_types::encoding::base64url;
use idp_types::{Secret, SessionId, TokenId};

use super::{hmac_sha256, length_prefixed};

/// `base64url(HMAC-SHA256(K_pairwise, LP(sector) || LP(first tokenId of the chain)))`.
pub fn pairwise_subject(key: &Secret<32>, sector: &str, first_token_id: &TokenId) -> String {
    base64url(&hmac_sha256(
        key.expose(),
        &[
            &length_prefixed(sector),
            &length_prefixed(first_token_id.as_str()),
        ],
    ))
}

/// The subject of a verification without login: fresh for each session, related to no holder.
pub fn session_subject(key: &Secret<32>, session_id: &SessionId) -> String {
    base64url(&hmac_sha256(
        key.expose(),
        &[b"idt-session-subject-v1", &length_prefixed(session_id.as_str())],
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::counting;
    use super::*;

    #[test]
    fn profile_8_vector() {
        let key = Secret::new(counting::<32>(0x40));
        let token_id = TokenId::parse("7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11").unwrap();
        assert_eq!(
            pairwise_subject(&key, "rp.example.com", &token_id),
            "vIVU_fxp65EnYkvWmHar8maZhhGvRoM11nW_ZVVPGqE"
        );
    }
}
