//! A sealing key that only the token opens: an AES key in the token seals it with AES-256-GCM.

use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use idp_types::Secret;
use zeroize::Zeroizing;

use super::session::Seat;
use super::{Token, TokenError};
use crate::crypto::random;

const CONTEXT: &[u8] = b"idt-seal-key-v1";
const NONCE: usize = 12;
const TAG_BITS: u64 = 128;

impl Token {
    /// Seals a key under the AES key of a label, which is made where it is not there: a nonce of 12 octets, then the sealed text.
    pub(in crate::keys) async fn wrap(
        self: &Arc<Self>,
        label: String,
        key: Secret<32>,
    ) -> Result<Vec<u8>, TokenError> {
        self.run(move |seat| {
            let wrapping = match wrapping_key(seat, &label) {
                Err(TokenError::NoKey(_)) => make(seat, &label)?,
                found => found?,
            };
            let nonce: [u8; NONCE] = random()?;
            let mut used = nonce;
            let mechanism = Mechanism::AesGcm(GcmParams::new(&mut used, CONTEXT, TAG_BITS.into())?);
            let sealed = seat.session.encrypt(&mechanism, wrapping, key.expose())?;
            Ok([&nonce, sealed.as_slice()].concat())
        })
        .await
    }

    /// Opens what was sealed so.
    pub(in crate::keys) async fn unwrap(
        self: &Arc<Self>,
        label: String,
        wrapped: Vec<u8>,
    ) -> Result<Secret<32>, TokenError> {
        self.run(move |seat| {
            let wrapping = wrapping_key(seat, &label)?;
            let form = || TokenError::Form("sealing key");
            let (nonce, sealed) = wrapped.split_at_checked(NONCE).ok_or_else(form)?;
            let mut nonce = nonce.to_vec();
            let mechanism = Mechanism::AesGcm(GcmParams::new(&mut nonce, CONTEXT, TAG_BITS.into())?);
            let opened = Zeroizing::new(seat.session.decrypt(&mechanism, wrapping, sealed)?);
            let key: [u8; 32] = opened.as_slice().try_into().map_err(|_| form())?;
            Ok(Secret::new(key))
        })
        .await
    }
}

fn wrapping_key(seat: &Seat, label: &str) -> Result<ObjectHandle, TokenError> {
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let found = seat.session.find_objects(&template)?.first().copied();
    found.ok_or_else(|| TokenError::NoKey(label.to_owned()))
}

fn make(seat: &Seat, label: &str) -> Result<ObjectHandle, TokenError> {
    let template = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::ValueLen(32.into()),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    Ok(seat.session.generate_key(&Mechanism::AesKeyGen, &template)?)
}
