//! The key description: extension 1.3.6.1.4.1.11129.2.1.17, and the lists of authorizations in it.
//!
//! Everything is read in place. Members that no rule looks at are skipped, but their order is checked: members of a DER
//! sequence stand in one order, and a list that names a tag twice could mean two things.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, ErrorKind, Reader, SliceReader, Tag, TagNumber, Tagged};

pub(in crate::attestation) const EXTENSION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.1.17");

/// Context-specific tags of `AuthorizationList`.
const PURPOSE: u32 = 1;
const ALGORITHM: u32 = 2;
const KEY_SIZE: u32 = 3;
const CURVE: u32 = 10;
const ALL_APPLICATIONS: u32 = 600;
const ORIGIN: u32 = 702;
const ROOT_OF_TRUST: u32 = 704;
const APPLICATION_ID: u32 = 709;

/// `KeyDescription`, as far as rules need it.
#[derive(Debug)]
pub(in crate::attestation) struct KeyDescription<'a> {
    pub(in crate::attestation) attestation_level: u8,
    pub(in crate::attestation) key_level: u8,
    pub(in crate::attestation) challenge: &'a [u8],
    pub(in crate::attestation) software: Authorizations<'a>,
    pub(in crate::attestation) hardware: Authorizations<'a>,
}

impl<'a> KeyDescription<'a> {
    pub(in crate::attestation) fn read(bytes: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(bytes)?.sequence(|fields| {
            let _attestation_version = u32::decode(fields)?;
            let attestation_level = enumerated(fields)?;
            let _keymint_version = u32::decode(fields)?;
            let key_level = enumerated(fields)?;
            let challenge = octets(fields)?;
            let _unique_id = octets(fields)?;
            Ok(Self {
                attestation_level,
                key_level,
                challenge,
                software: Authorizations::read(AnyRef::decode(fields)?)?,
                hardware: Authorizations::read(AnyRef::decode(fields)?)?,
            })
        })
    }
}

/// `AuthorizationList`, as far as rules need it.
#[derive(Debug, Default)]
pub(in crate::attestation) struct Authorizations<'a> {
    pub(in crate::attestation) purposes: Vec<u32>,
    pub(in crate::attestation) algorithm: Option<u32>,
    pub(in crate::attestation) key_size: Option<u32>,
    pub(in crate::attestation) curve: Option<u32>,
    pub(in crate::attestation) all_applications: bool,
    pub(in crate::attestation) origin: Option<u32>,
    pub(in crate::attestation) root_of_trust: Option<RootOfTrust>,
    application_id: Option<&'a [u8]>,
}

impl<'a> Authorizations<'a> {
    fn read(list: AnyRef<'a>) -> der::Result<Self> {
        let mut found = Self::default();
        let mut previous = None;
        list.sequence(|members| {
            while !members.is_finished() {
                let member = AnyRef::decode(members)?;
                let number = explicit(member)?;
                if previous.is_some_and(|previous| previous >= number) {
                    return Err(ErrorKind::SetOrdering.into());
                }
                previous = Some(number);
                found.take(number, member.value())?;
            }
            Ok::<_, der::Error>(())
        })?;
        Ok(found)
    }

    fn take(&mut self, number: u32, value: &'a [u8]) -> der::Result<()> {
        match number {
            PURPOSE => {
                let purposes = items(AnyRef::from_der(value)?, Tag::Set)?;
                self.purposes = purposes
                    .into_iter()
                    .map(AnyRef::decode_as)
                    .collect::<der::Result<_>>()?;
            }
            ALGORITHM => self.algorithm = Some(u32::from_der(value)?),
            KEY_SIZE => self.key_size = Some(u32::from_der(value)?),
            CURVE => self.curve = Some(u32::from_der(value)?),
            ALL_APPLICATIONS => self.all_applications = true,
            ORIGIN => self.origin = Some(u32::from_der(value)?),
            ROOT_OF_TRUST => self.root_of_trust = Some(RootOfTrust::read(value)?),
            APPLICATION_ID => self.application_id = Some(<&OctetStringRef>::from_der(value)?.as_bytes()),
            _ => {}
        }
        Ok(())
    }

    /// `AttestationApplicationId`: which packages may use the key, and who signed them.
    pub(in crate::attestation) fn application(&self) -> der::Result<Option<Application<'a>>> {
        self.application_id.map(Application::read).transpose()
    }
}

/// `RootOfTrust`: what the boot loader found.
#[derive(Debug)]
pub(in crate::attestation) struct RootOfTrust {
    pub(in crate::attestation) device_locked: bool,
    pub(in crate::attestation) verified_boot_state: u8,
}

impl RootOfTrust {
    fn read(bytes: &[u8]) -> der::Result<Self> {
        AnyRef::from_der(bytes)?.sequence(|fields| {
            let _verified_boot_key = octets(fields)?;
            let device_locked = bool::decode(fields)?;
            let verified_boot_state = enumerated(fields)?;
            // Since version 3.
            if !fields.is_finished() {
                octets(fields)?;
            }
            Ok(Self {
                device_locked,
                verified_boot_state,
            })
        })
    }
}

/// The packages that share the key's user, and the digests of their signers' certificates.
#[derive(Debug)]
pub(in crate::attestation) struct Application<'a> {
    pub(in crate::attestation) packages: Vec<&'a [u8]>,
    pub(in crate::attestation) signatures: Vec<&'a [u8]>,
}

impl<'a> Application<'a> {
    fn read(bytes: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(bytes)?.sequence(|fields| {
            let infos = items(AnyRef::decode(fields)?, Tag::Set)?;
            let digests = items(AnyRef::decode(fields)?, Tag::Set)?;
            let package = |info: AnyRef<'a>| {
                info.sequence(|fields| {
                    let name = octets(fields)?;
                    let _version = AnyRef::decode(fields)?;
                    Ok::<_, der::Error>(name)
                })
            };
            let digest = |digest: AnyRef<'a>| Ok(digest.decode_as::<&OctetStringRef>()?.as_bytes());
            Ok(Self {
                packages: infos.into_iter().map(package).collect::<der::Result<_>>()?,
                signatures: digests.into_iter().map(digest).collect::<der::Result<_>>()?,
            })
        })
    }
}

/// The members of a `SET OF`. Their order says nothing here.
fn items(list: AnyRef<'_>, tag: Tag) -> der::Result<Vec<AnyRef<'_>>> {
    list.tag().assert_eq(tag)?;
    let mut reader = SliceReader::new(list.value())?;
    let mut items = Vec::new();
    while !reader.is_finished() {
        items.push(AnyRef::decode(&mut reader)?);
    }
    Ok(items)
}

fn octets<'a>(fields: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    Ok(<&OctetStringRef>::decode(fields)?.as_bytes())
}

fn enumerated(fields: &mut SliceReader<'_>) -> der::Result<u8> {
    let value = AnyRef::decode(fields)?;
    value.tag().assert_eq(Tag::Enumerated)?;
    match value.value() {
        &[number] if number < 0x80 => Ok(number),
        _ => Err(Tag::Enumerated.value_error().into()),
    }
}

/// The number of an explicit context-specific tag.
fn explicit(member: AnyRef<'_>) -> der::Result<u32> {
    match member.tag() {
        Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(number),
        } => Ok(number),
        other => Err(other.unexpected_error(None).into()),
    }
}
