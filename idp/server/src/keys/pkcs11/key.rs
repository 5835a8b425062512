//! Key pairs in a token: how they are made, what their public halves are, and how they sign.

use std::sync::Arc;

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use idp_core::keys::KeyPurpose;
use idp_jose::{Algorithm, EcPublicKey, Ed25519PublicKey, PublicKey, RsaPublicKey};

use super::session::Seat;
use super::{PATIENCE_FOR_KEYS, Token, TokenError};
use crate::crypto::{random, sha256};

/// `1.2.840.10045.3.1.7`, the curve P-256, in DER.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// `1.3.101.112`, Ed25519 (RFC 8410 section 3), in DER.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// An octet string in DER.
const OCTET_STRING: u8 = 0x04;

impl Token {
    /// Makes a key pair whose private half never leaves the token; its identifier and its public half.
    pub(in crate::keys) async fn generate(
        self: &Arc<Self>,
        purpose: KeyPurpose,
        algorithm: Algorithm,
    ) -> Result<(Vec<u8>, PublicKey), TokenError> {
        let id = random::<16>()?.to_vec();
        let label = format!("idp {}", purpose.as_str());
        self.run_within(PATIENCE_FOR_KEYS, move |seat| {
            let public = generate(seat, (algorithm, purpose.rsa_bits()), &id, &label)?;
            Ok((id.clone(), public))
        })
        .await
    }

    /// Destroys a key pair. Fine when it is not there.
    pub(in crate::keys) async fn destroy(self: &Arc<Self>, id: Vec<u8>) -> Result<(), TokenError> {
        self.run(move |seat| {
            seat.forget();
            for object in seat.session.find_objects(&[Attribute::Id(id.clone())])? {
                seat.session.destroy_object(object)?;
            }
            Ok(())
        })
        .await
    }

    /// The signature of a key over a message, as a JWS carries it.
    pub(in crate::keys) async fn sign(
        self: &Arc<Self>,
        id: Vec<u8>,
        algorithm: Algorithm,
        message: Vec<u8>,
    ) -> Result<Vec<u8>, TokenError> {
        self.run(move |seat| {
            let key = seat.private_key(&id)?;
            sign(seat, key, algorithm, &message)
        })
        .await
    }
}

fn sign(seat: &Seat, key: ObjectHandle, algorithm: Algorithm, message: &[u8]) -> Result<Vec<u8>, TokenError> {
    let session = &seat.session;
    let signature = match algorithm {
        // CKM_ECDSA takes the digest, and answers r and s, each as long as the order.
        Algorithm::Es256 => session.sign(&Mechanism::Ecdsa, key, &sha256(message))?,
        Algorithm::Rs256 => session.sign(&Mechanism::Sha256RsaPkcs, key, message)?,
        Algorithm::Ps256 => {
            let parameters = PkcsPssParams {
                hash_alg: MechanismType::SHA256,
                mgf: PkcsMgfType::MGF1_SHA256,
                s_len: 32.into(),
            };
            session.sign(&Mechanism::Sha256RsaPkcsPss(parameters), key, message)?
        }
        Algorithm::EdDsa => {
            let parameters = EddsaParams::new(EddsaSignatureScheme::Pure);
            session.sign(&Mechanism::Eddsa(parameters), key, message)?
        }
    };
    let is_short = matches!(algorithm, Algorithm::Es256 | Algorithm::EdDsa);
    if is_short && signature.len() != 64 {
        return Err(TokenError::Form("signature"));
    }
    Ok(signature)
}

fn generate(
    seat: &Seat,
    (algorithm, rsa_bits): (Algorithm, u16),
    id: &[u8],
    label: &str,
) -> Result<PublicKey, TokenError> {
    let both = [
        Attribute::Token(true),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let mut public = both.to_vec();
    public.extend([Attribute::Private(false), Attribute::Verify(true)]);
    let mechanism = match algorithm {
        Algorithm::Es256 => {
            public.push(Attribute::EcParams(P256.to_vec()));
            Mechanism::EccKeyPairGen
        }
        Algorithm::EdDsa => {
            public.push(Attribute::EcParams(ED25519.to_vec()));
            Mechanism::EccEdwardsKeyPairGen
        }
        Algorithm::Rs256 | Algorithm::Ps256 => {
            public.push(Attribute::ModulusBits(u64::from(rsa_bits).into()));
            public.push(Attribute::PublicExponent(vec![1, 0, 1]));
            Mechanism::RsaPkcsKeyPairGen
        }
    };
    let mut private = both.to_vec();
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    let (public, _) = seat.session.generate_key_pair(&mechanism, &public, &private)?;
    match algorithm {
        Algorithm::Es256 | Algorithm::EdDsa => point(seat, public, algorithm),
        Algorithm::Rs256 | Algorithm::Ps256 => numbers(seat, public),
    }
}

fn point(seat: &Seat, public: ObjectHandle, algorithm: Algorithm) -> Result<PublicKey, TokenError> {
    let form = || TokenError::Form("public key");
    let attributes = seat.session.get_attributes(public, &[AttributeType::EcPoint])?;
    let Some(Attribute::EcPoint(octets)) = attributes.first() else {
        return Err(form());
    };
    // An octet string in DER; some tokens leave the string away.
    let length = match algorithm {
        Algorithm::Es256 => 65,
        _ => 32,
    };
    let point = match octets.as_slice() {
        [OCTET_STRING, said, point @ ..] if usize::from(*said) == point.len() && point.len() == length => {
            point
        }
        point => point,
    };
    Ok(match algorithm {
        Algorithm::Es256 => PublicKey::P256(EcPublicKey::from_sec1(point).map_err(|_| form())?),
        _ => PublicKey::Ed25519(Ed25519PublicKey::from_bytes(point).map_err(|_| form())?),
    })
}

fn numbers(seat: &Seat, public: ObjectHandle) -> Result<PublicKey, TokenError> {
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
    let (mut modulus, mut exponent) = (Vec::new(), Vec::new());
    for attribute in seat.session.get_attributes(public, &wanted)? {
        match attribute {
            Attribute::Modulus(number) => modulus = number,
            Attribute::PublicExponent(number) => exponent = number,
            _ => {}
        }
    }
    let key = RsaPublicKey::from_components(without_zeros(&modulus), without_zeros(&exponent));
    key.map(PublicKey::Rsa)
        .map_err(|_| TokenError::Form("public key"))
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}
