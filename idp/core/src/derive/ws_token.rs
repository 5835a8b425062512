//! The browser's token for its session (profile 4): knowing the sessionId is not enough.

use idp_types::Secret;
use idp_types::encoding::base64url;

use super::{hmac_sha256, length_prefixed};

/// `base64url(HMAC-SHA256(K_ws, "idt-ws-v1" || LP(id)))` for a sessionId or registrationId.
pub fn ws_token(key: &Secret<32>, id: &str) -> String {
    base64url(&hmac_sha256(key.expose(), &[b"idt-ws-v1", &length_prefixed(id)]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::counting;
    use super::*;

    #[test]
    fn profile_4_vector() {
        let key = Secret::new(counting::<32>(0x20));
        assert_eq!(
            ws_token(&key, "sess_abc123"),
            "u8OhcID_a3vgUDP0o5BNBGzAY_oR10yg-_ZAKvdJJuE"
        );
    }
}
