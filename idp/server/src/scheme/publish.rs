//! Signing a scheme's lists and certificates and writing them where verifiers read them.

use std::collections::BTreeSet;
use std::path::Path;

use idp_jose::Jwk;
use idp_types::{Timestamp, TrustLevel};
use idp_vds::ManifestId;
use idp_vds::trust::{
    ANCHOR, AuthorityCertificate, AuthorityEntry, CertificateTemplate, GOVERNANCE_LIST, GovernanceList,
    ListFrame, OperatorEntry, RegionEntry, RevocationTemplate, SchemeList, SealRevocationList, SignedList,
    SigningRights, TrustServiceList, ValidityPeriod, certificate_revocation_list_name, from_pem,
    prepare_authority_certificate, prepare_revocation_list, prepare_signing_certificate, scheme_list_name,
    seal_revocation_list_name, signing_certificate_name, to_pem, trust_service_list_name,
};

use super::keys::Role;
use super::{Scheme, SchemeError};
use crate::crypto::random;

/// Seconds until lists have to be signed again.
const LIST_SECONDS: i64 = 30 * 86_400;

/// Seconds that a CA is valid.
const AUTHORITY_SECONDS: i64 = 10 * 365 * 86_400;

/// Seconds that a signing certificate is valid.
const CERTIFICATE_SECONDS: i64 = 3 * 365 * 86_400;

/// The CA's certificate, for people to look at; the trust service list carries it for verifiers.
const AUTHORITY_FILE: &str = "private/authority.pem";

fn write_file(directory: &Path, name: &str, content: &[u8]) -> Result<(), SchemeError> {
    let path = directory.join(name);
    let temporary = path.with_extension("new");
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = written.and_then(|()| std::fs::write(&temporary, content));
    let written = written.and_then(|()| std::fs::rename(&temporary, &path));
    written.map_err(|source| SchemeError::Io { path, source })
}

fn manifests() -> BTreeSet<ManifestId> {
    [ManifestId::PERSON, ManifestId::SERVICE].into_iter().collect()
}

fn frame(scheme: &Scheme, now: Timestamp) -> ListFrame {
    ListFrame {
        sequence: scheme.state.sequence,
        issued: now,
        next_update: now.plus_seconds(LIST_SECONDS),
    }
}

fn write_list<L: SignedList>(scheme: &Scheme, name: &str, list: &L, role: Role) -> Result<(), SchemeError> {
    let prepared = list.prepare(None)?;
    let signature = scheme.signer(role)?.sign_now(prepared.signing_input())?;
    write_file(&scheme.directory, name, prepared.complete(&signature).as_bytes())
}

/// The CA's certificate, made on first use.
fn authority(scheme: &Scheme, now: Timestamp) -> Result<(AuthorityCertificate, Vec<u8>), SchemeError> {
    let names = &scheme.state.names;
    let der = if let Ok(pem) = std::fs::read_to_string(scheme.directory.join(AUTHORITY_FILE)) {
        from_pem(&pem)?
    } else {
        let signer = scheme.signer(Role::Authority)?;
        let template = CertificateTemplate {
            organization: &names.operator,
            key: signer.ec_public_key(),
            validity: ValidityPeriod {
                not_before: now.minus_seconds(300),
                not_after: now.plus_seconds(AUTHORITY_SECONDS),
            },
            serial: random()?,
        };
        let prepared = prepare_authority_certificate(&names.authority, &template)?;
        let signature = signer.sign_now(prepared.signing_message())?;
        let der = prepared.complete(&signature)?;
        write_file(&scheme.directory, AUTHORITY_FILE, to_pem(&der)?.as_bytes())?;
        der
    };
    Ok((AuthorityCertificate::read(&der, &names.authority)?, der))
}

/// Makes the next signing certificate.
pub(super) fn certify(scheme: &mut Scheme, level: TrustLevel, now: Timestamp) -> Result<(), SchemeError> {
    let mut serial: [u8; 16] = random()?;
    // As the certificate will carry it: positive and sixteen octets long (RFC 5280 section 4.1.2.2).
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7F | 0x40;
    }
    scheme.state.next_certificate(&serial);
    let (authority, _) = authority(scheme, now)?;
    let template = CertificateTemplate {
        organization: &scheme.state.names.operator,
        key: scheme.signer(Role::Signer)?.ec_public_key(),
        validity: ValidityPeriod {
            not_before: now.minus_seconds(300),
            not_after: now.plus_seconds(CERTIFICATE_SECONDS),
        },
        serial,
    };
    let manifests = manifests();
    let rights = SigningRights {
        manifests: &manifests,
        trust_level: level,
    };
    let prepared = prepare_signing_certificate(&authority, &scheme.state.certificate, &template, rights)?;
    let signature = scheme
        .signer(Role::Authority)?
        .sign_now(prepared.signing_message())?;
    let pem = to_pem(&prepared.complete(&signature)?)?;
    let name = signing_certificate_name(scheme.certificate_reference()?.certificate_key());
    write_file(&scheme.directory, &name, pem.as_bytes())
}

/// Writes every list, from the leaves to the root, so that a reader never finds a root that names what is not there yet.
pub(super) fn write(scheme: &Scheme, now: Timestamp) -> Result<(), SchemeError> {
    let (authority_certificate, der) = authority(scheme, now)?;
    write_revocation_lists(scheme, &authority_certificate, now)?;
    let names = &scheme.state.names;
    let key = |role| scheme.signer(role).map(|signer| signer.ec_public_key().clone());
    let services = TrustServiceList {
        frame: frame(scheme, now),
        iac: names.agency.clone(),
        region: names.region.clone(),
        authorities: vec![AuthorityEntry {
            id: names.authority.clone(),
            certificate: der,
            maximum_trust_level: TrustLevel::High,
        }],
        seal_revocation_key: key(Role::Revocation)?,
    };
    write_list(
        scheme,
        &trust_service_list_name(&names.agency, &names.region),
        &services,
        Role::Region,
    )?;
    let list = SchemeList {
        frame: frame(scheme, now),
        iac: names.agency.clone(),
        manifests: manifests(),
        regions: vec![RegionEntry {
            region: names.region.clone(),
            key: key(Role::Region)?,
        }],
    };
    write_list(scheme, &scheme_list_name(&names.agency), &list, Role::Operator)?;
    let operator = OperatorEntry {
        iac: names.agency.clone(),
        name: names.operator.clone(),
        key: key(Role::Operator)?,
    };
    let governance = GovernanceList {
        frame: frame(scheme, now),
        operators: vec![operator],
    };
    write_list(scheme, GOVERNANCE_LIST, &governance, Role::Anchor)?;
    let anchor = Jwk::new(key(Role::Anchor)?).named_by_thumbprint().to_value();
    write_file(
        &scheme.directory,
        ANCHOR,
        serde_json::to_string_pretty(&anchor)?.as_bytes(),
    )
}

fn write_revocation_lists(
    scheme: &Scheme,
    authority: &AuthorityCertificate,
    now: Timestamp,
) -> Result<(), SchemeError> {
    let names = &scheme.state.names;
    let revoked = scheme.state.revoked_certificates();
    let template = RevocationTemplate {
        number: scheme.state.sequence,
        this_update: now.minus_seconds(60),
        next_update: now.plus_seconds(LIST_SECONDS),
        revoked: &revoked,
    };
    let prepared = prepare_revocation_list(authority, &template)?;
    let signature = scheme
        .signer(Role::Authority)?
        .sign_now(prepared.signing_message())?;
    let crl = prepared.complete(&signature)?;
    write_file(
        &scheme.directory,
        &certificate_revocation_list_name(&names.authority),
        &crl,
    )?;
    let seals = SealRevocationList {
        frame: frame(scheme, now),
        iac: names.agency.clone(),
        region: names.region.clone(),
        fingerprints: scheme.state.revoked_seals.clone(),
        token_ids: scheme.state.revoked_tokens.clone(),
    };
    write_list(
        scheme,
        &seal_revocation_list_name(&names.agency, &names.region),
        &seals,
        Role::Revocation,
    )
}
