//! The anti-forgery `hash` of an approved result (profile 4.6).

use idp_types::encoding::{lowerhex, push_length_prefixed};
use idp_types::{Secret, SessionId};
use sha2::{Digest, Sha256};

use super::{hmac_sha256, length_prefixed};

/// `lowerhex(HMAC-SHA256(K_svc, "idt-resp-v1" || 00 || LP(sessionId) || LP(random) || LP(SHA-256(jwt))))`.
pub fn response_hash(key: &Secret<32>, session_id: &SessionId, random: &str, jwt: &str) -> String {
    let mut digest = Vec::with_capacity(34);
    push_length_prefixed(&mut digest, &Sha256::digest(jwt.as_bytes()));
    let parts: [&[u8]; 4] = [
        b"idt-resp-v1\0",
        &length_prefixed(session_id.as_str()),
        &length_prefixed(random),
        &digest,
    ];
    lowerhex(&hmac_sha256(key.expose(), &parts))
}

#[cfg(test)]
mod tests {
    use super::super::tests::counting;
    use super::*;

    #[test]
    fn profile_4_6_vector() {
        let key = Secret::new(counting::<32>(0));
        let session_id = SessionId::parse("sess_abc123").unwrap();
        let hash = response_hash(
            &key,
            &session_id,
            "a1b2c3d4e5f67890",
            "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
        );
        assert_eq!(
            hash,
            "b96f51c5f1164b0156ca30fa354de90e53ee4fd2e20006c57d24ce56c410cb8a"
        );
    }
}
