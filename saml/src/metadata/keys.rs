//! `md:KeyDescriptor` (Metadata 2.4.1.1).

use crate::names::{ds, md};
use crate::provider::EncryptionKey;
use crate::signature::Certificate;
use crate::xml::{Node, ReadError};

/// How many keys of a role are kept.
const KEYS: usize = 8;

/// The keys of a role by what they are for.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) signing: Vec<Certificate>,
    pub(super) encryption: Vec<EncryptionKey>,
}

impl Keys {
    /// Reads them. A key without `use` is for both (IIP-MD11). Names of keys and keys of kinds that are not used here are passed over.
    pub(super) fn read(role: Node<'_>) -> Result<Self, ReadError> {
        let mut keys = Self::default();
        for descriptor in role.all(md("KeyDescriptor")) {
            let (signs, encrypts) = match descriptor.attribute("use") {
                None => (true, true),
                Some("signing") => (true, false),
                Some("encryption") => (false, true),
                Some(_) => return Err(ReadError::Value("use")),
            };
            let methods: Vec<String> = descriptor
                .all(md("EncryptionMethod"))
                .filter_map(|method| method.attribute("Algorithm"))
                .map(str::to_owned)
                .collect();
            for certificate in certificates(descriptor)? {
                if signs {
                    keys.signing.push(certificate.clone());
                }
                if encrypts {
                    let methods = methods.clone();
                    keys.encryption.push(EncryptionKey { certificate, methods });
                }
            }
        }
        if keys.signing.len() > KEYS || keys.encryption.len() > KEYS {
            return Err(ReadError::Value("KeyDescriptor"));
        }
        Ok(keys)
    }
}

fn certificates(descriptor: Node<'_>) -> Result<Vec<Certificate>, ReadError> {
    let info = descriptor.need(ds("KeyInfo"))?;
    let mut found = Vec::new();
    for data in info.all(ds("X509Data")) {
        // The first is the key's own; the others are its issuers.
        if let Some(certificate) = data.all(ds("X509Certificate")).next() {
            let text = certificate.filled("X509Certificate")?;
            found.extend(Certificate::parse(&text).ok());
        }
    }
    Ok(found)
}
