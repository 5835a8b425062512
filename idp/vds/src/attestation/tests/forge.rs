//! Attestations as phones and their vendors make them, written octet by octet and not with the reader's library, so that the two
//! cannot share a mistake. The whole-flow tests of the workspace use the same file; it knows no cryptography, signing is an
//! argument.

/// ECDSA with SHA-256 (RFC 5758 section 3.2).
pub(crate) const ECDSA_SHA256: &[u8] = b"\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02";

/// When every certificate is valid that does not say otherwise.
pub(crate) const VALID: [&str; 2] = ["200101000000Z", "400101000000Z"];

const KEY_DESCRIPTION: &[u8] = b"\x2B\x06\x01\x04\x01\xD6\x79\x02\x01\x11";
const NONCE: &[u8] = b"\x2A\x86\x48\x86\xF7\x63\x64\x08\x02";
const BASIC_CONSTRAINTS: &[u8] = b"\x55\x1D\x13";
const COMMON_NAME: &[u8] = b"\x55\x04\x03";

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// Who signs certificates.
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) spki: Vec<u8>,
    /// `AlgorithmIdentifier` of its signatures.
    pub(crate) algorithm: &'static [u8],
    pub(crate) sign: Sign,
}

impl Issuer {
    /// Its certificate by itself.
    pub(crate) fn root(&self) -> Vec<u8> {
        self.authority(None).signed_by(self)
    }

    /// What another issuer signs to make this one an authority.
    pub(crate) fn authority(&self, path_length: Option<u8>) -> Body {
        let mut constraints = boolean(true);
        constraints.extend(path_length.map(|length| tlv(0x02, &[length])).unwrap_or_default());
        let value = tlv(0x30, &constraints);
        Body {
            serial: 1,
            subject: self.name.clone(),
            validity: VALID,
            spki: self.spki.clone(),
            extensions: vec![extension(BASIC_CONSTRAINTS, true, &value)],
        }
    }
}

/// A certificate without its issuer.
pub(crate) struct Body {
    pub(crate) serial: u8,
    pub(crate) subject: String,
    pub(crate) validity: [&'static str; 2],
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Vec<u8>>,
}

impl Body {
    /// A leaf with one extension.
    pub(crate) fn leaf(spki: Vec<u8>, extension: Vec<u8>) -> Self {
        Self {
            serial: 7,
            subject: "Leaf".to_owned(),
            validity: VALID,
            spki,
            extensions: vec![extension],
        }
    }

    pub(crate) fn signed_by(&self, issuer: &Issuer) -> Vec<u8> {
        let validity = self.validity.map(|time| tlv(0x17, time.as_bytes())).concat();
        let content = [
            explicit(0, &integer(2)),
            tlv(0x02, &[self.serial]),
            issuer.algorithm.to_vec(),
            name(&issuer.name),
            tlv(0x30, &validity),
            name(&self.subject),
            self.spki.clone(),
            explicit(3, &tlv(0x30, &self.extensions.concat())),
        ];
        let to_be_signed = tlv(0x30, &content.concat());
        let signature = [vec![0], (issuer.sign)(&to_be_signed)].concat();
        let signature = tlv(0x03, &signature);
        tlv(
            0x30,
            &[to_be_signed, issuer.algorithm.to_vec(), signature].concat(),
        )
    }
}

/// What an Android phone says of a key, and of itself.
#[derive(Clone)]
pub(crate) struct Description {
    pub(crate) levels: [u8; 2],
    pub(crate) challenge: Vec<u8>,
    pub(crate) purposes: Vec<u8>,
    /// Algorithm, key size, curve.
    pub(crate) kind: (u32, u32, u32),
    pub(crate) all_applications: bool,
    pub(crate) origin: u32,
    pub(crate) locked: bool,
    pub(crate) boot_state: u8,
    pub(crate) packages: Vec<&'static str>,
    pub(crate) signatures: Vec<Vec<u8>>,
}

impl Description {
    /// Of a key as an app in a sound phone makes it.
    pub(crate) fn sound(challenge: &[u8], package: &'static str, signature: [u8; 32]) -> Self {
        Self {
            levels: [1, 1],
            challenge: challenge.to_vec(),
            purposes: vec![2],
            kind: (3, 256, 1),
            all_applications: false,
            origin: 0,
            locked: true,
            boot_state: 0,
            packages: vec![package],
            signatures: vec![signature.to_vec()],
        }
    }

    /// The extension of the key's certificate.
    pub(crate) fn extension(&self) -> Vec<u8> {
        extension(KEY_DESCRIPTION, false, &self.value())
    }

    pub(crate) fn value(&self) -> Vec<u8> {
        let [attestation, key] = self.levels;
        let content = [
            integer(300),
            tlv(0x0A, &[attestation]),
            integer(300),
            tlv(0x0A, &[key]),
            tlv(0x04, &self.challenge),
            tlv(0x04, &[]),
            tlv(0x30, &self.software()),
            tlv(0x30, &self.hardware()),
        ];
        tlv(0x30, &content.concat())
    }

    fn software(&self) -> Vec<u8> {
        let info = |package: &&str| tlv(0x30, &[tlv(0x04, package.as_bytes()), integer(17)].concat());
        let infos: Vec<u8> = self.packages.iter().flat_map(info).collect();
        let digests: Vec<u8> = self
            .signatures
            .iter()
            .flat_map(|digest| tlv(0x04, digest))
            .collect();
        let application = tlv(0x30, &[tlv(0x31, &infos), tlv(0x31, &digests)].concat());
        let created = explicit(701, &integer(1_700_000_000));
        [created, explicit(709, &tlv(0x04, &application))].concat()
    }

    fn hardware(&self) -> Vec<u8> {
        let purposes: Vec<u8> = self
            .purposes
            .iter()
            .flat_map(|purpose| tlv(0x02, &[*purpose]))
            .collect();
        let (algorithm, size, curve) = self.kind;
        let root = [
            tlv(0x04, &[9; 32]),
            boolean(self.locked),
            tlv(0x0A, &[self.boot_state]),
            tlv(0x04, &[8; 32]),
        ];
        let all_applications = if self.all_applications {
            explicit(600, &tlv(0x05, &[]))
        } else {
            Vec::new()
        };
        [
            explicit(1, &tlv(0x31, &purposes)),
            explicit(2, &integer(algorithm)),
            explicit(3, &integer(size)),
            explicit(10, &integer(curve)),
            explicit(503, &tlv(0x05, &[])),
            all_applications,
            explicit(702, &integer(self.origin)),
            explicit(704, &tlv(0x30, &root.concat())),
            explicit(705, &integer(150_000)),
        ]
        .concat()
    }
}

/// The extension in which Apple puts what it signed.
pub(crate) fn nonce_extension(nonce: &[u8]) -> Vec<u8> {
    extension(NONCE, false, &tlv(0x30, &explicit(1, &tlv(0x04, nonce))))
}

/// Authenticator data of a new App Attest key.
pub(crate) struct AuthenticatorData {
    pub(crate) relying_party: [u8; 32],
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) aaguid: [u8; 16],
    pub(crate) credential_id: Vec<u8>,
}

impl AuthenticatorData {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = u8::try_from(self.credential_id.len()).unwrap_or(u8::MAX);
        [
            &self.relying_party[..],
            &[self.flags],
            &self.counter.to_be_bytes(),
            &self.aaguid,
            &[0, length],
            &self.credential_id,
            // The credential's key, as far as a reader may look.
            b"\xA5\x01\x02\x03\x26",
        ]
        .concat()
    }
}

/// `{"fmt": format, "attStmt": {"x5c": chain, "receipt": ...}, "authData": data}`.
pub(crate) fn attestation_object(format: &str, chain: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    let mut certificates = cbor(4, chain.len());
    certificates.extend(chain.iter().flat_map(|certificate| cbor_bytes(certificate)));
    [
        cbor(5, 3),
        cbor_text("fmt"),
        cbor_text(format),
        cbor_text("attStmt"),
        cbor(5, 2),
        cbor_text("x5c"),
        certificates,
        cbor_text("receipt"),
        cbor_bytes(&[3; 300]),
        cbor_text("authData"),
        cbor_bytes(data),
    ]
    .concat()
}

fn cbor_text(text: &str) -> Vec<u8> {
    [cbor(3, text.len()), text.as_bytes().to_vec()].concat()
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [cbor(2, bytes.len()), bytes.to_vec()].concat()
}

/// An initial byte with its length (RFC 8949 section 3).
fn cbor(major: u8, length: usize) -> Vec<u8> {
    let [.., high, low] = length.to_be_bytes();
    match length {
        0..=23 => vec![major << 5 | low],
        24..=255 => vec![major << 5 | 0x18, low],
        _ => vec![major << 5 | 0x19, high, low],
    }
}

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { boolean(true) } else { Vec::new() };
    tlv(0x30, &[tlv(0x06, oid), critical, tlv(0x04, value)].concat())
}

fn name(text: &str) -> Vec<u8> {
    let attribute = tlv(
        0x30,
        &[tlv(0x06, COMMON_NAME), tlv(0x0C, text.as_bytes())].concat(),
    );
    tlv(0x30, &tlv(0x31, &attribute))
}

fn boolean(value: bool) -> Vec<u8> {
    tlv(0x01, &[if value { 0xFF } else { 0x00 }])
}

fn integer(value: u32) -> Vec<u8> {
    let bytes = [&[0][..], &value.to_be_bytes()].concat();
    let needless = bytes
        .windows(2)
        .take_while(|pair| matches!(pair, [0, next] if next & 0x80 == 0))
        .count();
    tlv(0x02, bytes.get(needless..).unwrap_or_default())
}

/// `[number] EXPLICIT`, in the long form where the number needs it (X.690 section 8.1.2.4).
fn explicit(number: u16, content: &[u8]) -> Vec<u8> {
    let low = u8::try_from(number & 0x7F).unwrap_or_default();
    let high = u8::try_from(number >> 7).unwrap_or_default();
    let tag = match number {
        0..=30 => vec![0xA0 | low],
        31..=127 => vec![0xBF, low],
        _ => vec![0xBF, 0x80 | high, low],
    };
    [tag, length(content.len()), content.to_vec()].concat()
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [vec![tag], length(content.len()), content.to_vec()].concat()
}

fn length(length: usize) -> Vec<u8> {
    let [.., high, low] = length.to_be_bytes();
    match length {
        0..=0x7F => vec![low],
        0x80..=0xFF => vec![0x81, low],
        _ => vec![0x82, high, low],
    }
}
