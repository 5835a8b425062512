//! What the cryptography of one login costs by itself, with the primitives that the server uses, on this machine, now.
//!
//! Counted is what the protocol demands once (profile 1, 4, 5): the phone's signature, the two signatures and the hashes of one
//! presentation, one token, the code's and the mailbox's keys, the three HMACs, sealing and opening the result. Times are the
//! thread's own on a core, so that neighbours on the machine do not lengthen them.

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use aws_lc_rs::{digest, hmac};
use idp_jose::EcPublicKey;
use idp_server::keys::SoftwareSigner;
use serde::Serialize;

use crate::clock::instant;
use crate::error::LoadError;
use crate::process::thread_cpu;
use crate::statistics::median;

/// The signing input of a token with two names in it, in bytes.
const TOKEN_BYTES: usize = 1100;

/// Samples of each operation.
const SAMPLES: usize = 7;

/// The length of one sample.
const SAMPLE: Duration = Duration::from_millis(40);

/// Operations between two looks at the clock.
const BATCH: u32 = 16;

/// One operation's share of a login.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cost {
    /// What.
    pub(crate) operation: &'static str,
    /// How often in a login.
    pub(crate) times: u32,
    /// Microseconds each.
    pub(crate) each: f64,
}

impl Cost {
    /// Microseconds in a login.
    pub(crate) fn micros(&self) -> f64 {
        self.each * f64::from(self.times)
    }
}

/// All of them.
pub(crate) fn sum(costs: &[Cost]) -> f64 {
    costs.iter().map(Cost::micros).sum()
}

/// A signature to check: message, key and signature as the server gets them.
struct Signed {
    message: Vec<u8>,
    key: EcPublicKey,
    signature: [u8; 64],
}

impl Signed {
    fn new(message: &[u8]) -> Result<Self, LoadError> {
        let signer = signer()?;
        let signature = signer.sign_now(message).map_err(|_| LoadError::Cryptography)?;
        Ok(Self {
            message: message.to_owned(),
            key: signer.ec_public_key().clone(),
            signature,
        })
    }

    fn verify(&self) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.to_sec1());
        key.verify(&self.message, &self.signature).is_ok()
    }
}

fn signer() -> Result<SoftwareSigner, LoadError> {
    let signer = SoftwareSigner::generate().and_then(|der| SoftwareSigner::from_pkcs8(&der));
    signer.map_err(|_| LoadError::Cryptography)
}

/// Measures, on messages of the sizes that a login has: what the phone signs, and its presentation.
///
/// # Errors
/// [`LoadError::Cryptography`] when a primitive does not do what it should.
pub(crate) fn measure(approval: &[u8], presentation: &str) -> Result<Vec<Cost>, LoadError> {
    let phone = Signed::new(approval)?;
    let mut costs = vec![Cost {
        operation: "P-256 verify: the phone's approval",
        times: 1,
        each: time(|| phone.verify())?,
    }];
    costs.push(sd_jwt(presentation)?);
    costs.push(Cost {
        operation: "ES256 sign: the token",
        times: 1,
        each: signature()?,
    });
    costs.push(Cost {
        operation: "HKDF: keys of code and mailbox",
        times: 2,
        each: time(derive)?,
    });
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
    let authenticate = time(|| hmac::sign(&key, &[1; 64]).as_ref().len() == 32)?;
    costs.push(Cost {
        operation: "HMAC: wsToken, code, response hash",
        times: 3,
        each: authenticate,
    });
    costs.push(Cost {
        operation: "AES-256-GCM: the result, sealed and opened",
        times: 1,
        each: seal_and_open()?,
    });
    Ok(costs)
}

/// Microseconds of one ES256 signature of a token: the yardstick of this machine, now.
///
/// # Errors
/// [`LoadError::Cryptography`] when it does not sign.
pub(crate) fn signature() -> Result<f64, LoadError> {
    let (signer, token) = (signer()?, vec![b'a'; TOKEN_BYTES]);
    time(|| signer.sign_now(&token).is_ok())
}

/// One SD-JWT check: the issuer's signature, the holder's, a digest of each disclosure and of everything shown.
fn sd_jwt(presentation: &str) -> Result<Cost, LoadError> {
    let (bound, binding) = presentation.rsplit_once('~').ok_or(LoadError::Cryptography)?;
    let mut parts = bound.split('~');
    let issuer_jwt = parts.next().ok_or(LoadError::Cryptography)?;
    let disclosures: Vec<&str> = parts.collect();
    let issuer = Signed::new(signing_input(issuer_jwt)?)?;
    let holder = Signed::new(signing_input(binding)?)?;
    let check = || {
        let hashed = disclosures
            .iter()
            .chain([&bound])
            .map(|text| digest::digest(&digest::SHA256, text.as_bytes()));
        let whole = hashed.fold(0, |length, digest| length + black_box(digest).as_ref().len());
        issuer.verify() && holder.verify() && whole > 0
    };
    Ok(Cost {
        operation: "SD-JWT check: two P-256 verifies, hashes",
        times: 1,
        each: time(check)?,
    })
}

fn signing_input(jwt: &str) -> Result<&[u8], LoadError> {
    jwt.rsplit_once('.')
        .map(|(input, _)| input.as_bytes())
        .ok_or(LoadError::Cryptography)
}

fn derive() -> bool {
    let salt = Salt::new(HKDF_SHA256, b"sess_0123456789abcdefghijkl");
    let secret = salt.extract(&[7; 32]);
    let info: [&[u8]; 1] =
        [b"idt-otp-v1 and what the code is bound to, some eighty bytes of identifiers in all"];
    secret.expand(&info, &AES_256_GCM).is_ok_and(|key| {
        black_box(UnboundKey::from(key));
        true
    })
}

fn seal_and_open() -> Result<f64, LoadError> {
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| LoadError::Cryptography)?;
    let key = LessSafeKey::new(key);
    let plain = vec![b'a'; TOKEN_BYTES + 300];
    time(|| {
        let nonce = || Nonce::assume_unique_for_key([1; NONCE_LEN]);
        let mut body = plain.clone();
        let sealed = key
            .seal_in_place_append_tag(nonce(), Aad::from(b"session"), &mut body)
            .is_ok();
        sealed
            && key
                .open_in_place(nonce(), Aad::from(b"session"), &mut body)
                .is_ok()
    })
}

/// Microseconds of one call; the median of some samples.
///
/// # Errors
/// [`LoadError::Cryptography`] when a call does not work.
pub(crate) fn time(mut operation: impl FnMut() -> bool) -> Result<f64, LoadError> {
    if !operation() {
        return Err(LoadError::Cryptography);
    }
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let (wall, before) = (instant(), own_time()?);
        let mut calls = 0_u32;
        while instant().duration_since(wall) < SAMPLE {
            for _ in 0..BATCH {
                black_box(operation());
            }
            calls += BATCH;
        }
        samples.push((own_time()?.saturating_sub(before)).as_secs_f64() * 1e6 / f64::from(calls.max(1)));
    }
    Ok(median(samples))
}

/// The kernel accounts for a running thread at its ticks and whenever it is rescheduled, so it is asked to do that first.
fn own_time() -> Result<Duration, LoadError> {
    std::thread::yield_now();
    thread_cpu().ok_or(LoadError::Process(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_works_and_costs_something() {
        let presentation = "aa.bb.cc~disclosure~disclosure~dd.ee.ff";
        let costs = measure(b"approval", presentation).unwrap();
        assert_eq!(costs.len(), 6);
        assert!(costs.iter().all(|cost| cost.each > 0.0), "{costs:?}");
        assert!((sum(&costs) - costs.iter().map(Cost::micros).sum::<f64>()).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_no_presentation_is_refused() {
        assert!(matches!(sd_jwt("aa"), Err(LoadError::Cryptography)));
        assert!(matches!(sd_jwt("aa~bb"), Err(LoadError::Cryptography)));
    }
}
