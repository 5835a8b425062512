//! The six digits (profile 4): HKDF-SHA256 bound to session, holder and service, then RFC 4226 truncation.

use std::fmt;

use hkdf::Hkdf;
use idp_types::secret::constant_time_equal;
use idp_types::{Secret, ServiceId, SessionId, TokenId};
use sha2::Sha256;

use super::{hmac_sha256, length_prefixed};

/// What a code is bound to.
#[derive(Debug, Clone, Copy)]
pub struct OtpContext<'a> {
    /// The session.
    pub session_id: &'a SessionId,
    /// The holder that is asked.
    pub token_id: &'a TokenId,
    /// The service that asks.
    pub service_id: &'a ServiceId,
}

/// A six-digit code. Debug does not show it; it is compared in constant time.
#[derive(Clone, Copy, Eq)]
pub struct Otp([u8; 6]);

impl Otp {
    fn of(number: u32) -> Self {
        let mut rest = number % 1_000_000;
        let mut digits = [b'0'; 6];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        Self(digits)
    }

    /// The digits, for the screen that shows them.
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether a presented text is this code, in constant time.
    pub fn matches(&self, presented: &str) -> bool {
        constant_time_equal(&self.0, presented.as_bytes())
    }
}

impl PartialEq for Otp {
    fn eq(&self, other: &Self) -> bool {
        constant_time_equal(&self.0, &other.0)
    }
}

impl fmt::Debug for Otp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Otp(......)")
    }
}

/// The code of a session.
pub fn otp(master: &Secret<32>, context: &OtpContext<'_>) -> Otp {
    truncate(&hmac_sha256(
        &code_key(master, context, b"idt-otp-v1"),
        &[context.session_id.as_str().as_bytes()],
    ))
}

/// RFC 4226 section 5.3: the offset is the low nibble of the last byte.
fn truncate(mac: &[u8; 32]) -> Otp {
    let offset = usize::from(mac.last().copied().unwrap_or(0) & 0x0f);
    let window: [u8; 4] = mac
        .get(offset..offset + 4)
        .and_then(|four| four.try_into().ok())
        .unwrap_or_default();
    Otp::of(u32::from_be_bytes(window) & 0x7fff_ffff)
}

fn code_key(master: &Secret<32>, context: &OtpContext<'_>, label: &[u8]) -> [u8; 32] {
    let mut info = label.to_vec();
    info.extend(length_prefixed(context.token_id.as_str()));
    info.extend(length_prefixed(context.service_id.as_str()));
    let mut key = [0; 32];
    let hkdf = Hkdf::<Sha256>::new(Some(context.session_id.as_str().as_bytes()), master.expose());
    // 32 bytes are one block of RFC 5869's expansion, which never fails.
    let _ = hkdf.expand(&info, &mut key);
    key
}

/// The three codes of mode `choose`: the right one and two others, in an order that nobody without the master secret can
/// tell. The same session always gives the same three.
pub fn choices(master: &Secret<32>, context: &OtpContext<'_>) -> [Otp; 3] {
    let right = otp(master, context);
    let key = code_key(master, context, b"idt-otp-choices-v1");
    let mut codes = [right; 3];
    let mut counter = 0_u8;
    for index in [1, 2] {
        loop {
            let candidate = truncate(&hmac_sha256(&key, &[&[counter]]));
            counter = counter.wrapping_add(1);
            if !codes.contains(&candidate) {
                if let Some(place) = codes.get_mut(index) {
                    *place = candidate;
                }
                break;
            }
        }
    }
    let order = hmac_sha256(&key, &[b"order"]);
    codes.rotate_left(usize::from(order.first().copied().unwrap_or(0) % 3));
    codes
}

#[cfg(test)]
mod tests {
    use super::super::tests::counting;
    use super::*;

    fn context() -> (SessionId, TokenId, ServiceId) {
        (
            SessionId::parse("sess_abc123").unwrap(),
            TokenId::parse("7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11").unwrap(),
            ServiceId::parse("bar-le-central").unwrap(),
        )
    }

    #[test]
    fn profile_4_vector() {
        let (session_id, token_id, service_id) = context();
        let context = OtpContext {
            session_id: &session_id,
            token_id: &token_id,
            service_id: &service_id,
        };
        let master = Secret::new(counting::<32>(0));
        let key = code_key(&master, &context, b"idt-otp-v1");
        assert_eq!(
            idp_types::encoding::lowerhex(&key),
            "1996b763418321c739cf7c9fca481c1388fa866a223fb3643f6aab44c1734c5f"
        );
        assert_eq!(otp(&master, &context).reveal(), "590012");
    }

    #[test]
    fn three_different_choices_hold_the_right_one() {
        let (_, token_id, service_id) = context();
        let master = Secret::new(counting::<32>(0));
        let mut places = [0; 3];
        for n in 0..200 {
            let session_id = SessionId::parse(format!("sess_{n}")).unwrap();
            let context = OtpContext {
                session_id: &session_id,
                token_id: &token_id,
                service_id: &service_id,
            };
            let three = choices(&master, &context);
            assert_eq!(three, choices(&master, &context));
            assert!(three[0] != three[1] && three[1] != three[2] && three[0] != three[2]);
            places[three
                .iter()
                .position(|code| *code == otp(&master, &context))
                .unwrap()] += 1;
        }
        assert!(
            places.iter().all(|count| *count > 30),
            "every place occurs: {places:?}"
        );
    }

    #[test]
    fn codes_do_not_print() {
        assert_eq!(format!("{:?}", Otp::of(123_456)), "Otp(......)");
        assert_eq!(Otp::of(42).reveal(), "000042");
        assert!(Otp::of(42).matches("000042") && !Otp::of(42).matches("42"));
    }
}
