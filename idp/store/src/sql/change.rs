//! The rarer changes and the revocations of a batch, statement by statement. Their preconditions were decided before; whoever writes a
//! versioned record says once more which version it follows.

use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_types::{ClientId, DeviceId, TokenId};
use oidc::Client;
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use saml::EntityId;
use saml::provider::ServiceProvider;

use super::credential;
use super::statement::{Statement, places};
use crate::batch::{Revocation, Rows, Whose};
use crate::document::{holder, service, timed};
use crate::durable::{Change, EnrolmentCode, SubjectKey, Supersession};
use crate::{StoreError, Version};

/// What a batch writes to stored rows: to be run in this order, and before its new rows are added.
///
/// # Errors
/// [`StoreError`] when a record has no document.
pub fn statements<'a>(rows: &Rows<'a>) -> Result<Vec<Statement<'a>>, StoreError> {
    let mut statements = Vec::new();
    for change in &rows.changes {
        statements.extend(of_change(change)?);
    }
    for revocation in &rows.revocations {
        statements.extend(of_revocation(revocation));
    }
    Ok(statements)
}

fn of_change(change: &Change) -> Result<Vec<Statement<'_>>, StoreError> {
    Ok(match change {
        Change::PutHolder { holder, expected } => put_holder(holder, *expected)?,
        Change::PutService { service, expected } => vec![put_service(service, *expected)?],
        Change::PutSupersession {
            supersession,
            expected,
        } => vec![put_supersession(supersession, *expected)],
        Change::PutClient { client, expected } => vec![put_client(client, *expected)?],
        Change::RemoveClient { client_id, expected } => remove_client(client_id, *expected),
        Change::PutServiceProvider { provider, expected } => vec![put_service_provider(provider, *expected)?],
        Change::RemoveServiceProvider { entity_id, expected } => {
            remove_service_provider(entity_id, *expected)
        }
        Change::PutLogoutDelivery { delivery } => vec![put_logout_delivery(delivery)?],
        Change::PutAccountLink { link } => vec![put_account_link(link, REPLACED)?],
        Change::AddAccountLink { link } => vec![put_account_link(link, REFUSED)?.must_write()],
        Change::IssueCredential(status) => vec![credential::issue(status)],
        Change::RevokeCredentials { whose, at } => vec![credential::revoke(whose, *at)],
        Change::PutEnrolmentCode(code) => vec![put_enrolment_code(code)],
        Change::PutSubjectKey(key) => vec![put_subject_key(key)],
        Change::EraseSubjectKey { reference } => vec![erase_subject_key(reference)],
        Change::PutMark { name, value } => vec![put_mark(name, value)],
        Change::PutSealedDocument {
            name,
            sealed,
            expected,
        } => vec![put_sealed_document(name, sealed, *expected)],
        Change::RemoveLogoutDelivery { id } => vec![Statement::new(
            "DELETE FROM logout_deliveries WHERE id = $1",
            vec![id.as_str().into()],
        )],
        Change::RemoveAccountLink { kind, key, client_id } => {
            vec![remove_account_link(*kind, key, client_id)]
        }
        // These are rows of a table, revocations, or nothing to write.
        Change::Consume(_)
        | Change::ResolveSession(_)
        | Change::RequireActiveDevice { .. }
        | Change::RequireService { .. }
        | Change::RequireClient { .. }
        | Change::IssueToken(_)
        | Change::RevokeTokens { .. }
        | Change::RevokeToken { .. }
        | Change::PutGrant { .. }
        | Change::RevokeGrant { .. }
        | Change::RevokeSession { .. }
        | Change::PutBrowserSession { .. } => Vec::new(),
    })
}

/// The version after the one that a change was decided on.
const fn next(expected: Version) -> u64 {
    expected.0.saturating_add(1)
}

/// A device's row is rewritten, not replaced, so that whoever waits for it finds it again.
fn put_holder(record: &Holder, expected: Version) -> Result<Vec<Statement<'_>>, StoreError> {
    let put = Statement::new(
        "INSERT INTO holders (token_id, version, revoked, document) VALUES ($1, $2, $3, $4)
         ON CONFLICT (token_id) DO UPDATE
         SET version = excluded.version, revoked = excluded.revoked, document = excluded.document
         WHERE holders.version = $5",
        vec![
            record.token_id.as_str().into(),
            next(expected).into(),
            record.revoked.is_some().into(),
            holder::document(record).map_err(StoreError::new)?.into(),
            expected.0.into(),
        ],
    );
    let others = (2..).take(record.devices.len());
    let others: Vec<_> = others.map(|place| format!("AND device_id <> ${place}")).collect();
    let others = format!("DELETE FROM devices WHERE token_id = $1 {}", others.join(" "));
    let mut named = vec![record.token_id.as_str().into()];
    let mut devices = Vec::new();
    for device in &record.devices {
        named.push(device.device_id.as_str().into());
        devices.extend([
            record.token_id.as_str().into(),
            device.device_id.as_str().into(),
            device.seal.fingerprint.0.as_slice().into(),
            i64::from(device.seal.trust_level.number()).into(),
            device.revoked.is_some().into(),
            holder::is_active(record, device).into(),
        ]);
    }
    let mut statements = vec![put.must_write(), Statement::new(others, named)];
    if !record.devices.is_empty() {
        let text = format!(
            "INSERT INTO devices (token_id, device_id, fingerprint, trust_level, revoked, active) VALUES {}
             ON CONFLICT (token_id, device_id) DO UPDATE
             SET fingerprint = excluded.fingerprint, trust_level = excluded.trust_level,
                 revoked = excluded.revoked, active = excluded.active",
            places(record.devices.len(), 6)
        );
        statements.push(Statement::new(text, devices));
    }
    Ok(statements)
}

/// A record that is a document, under one name: the table and its column of the name.
fn put_document<'a>(
    (table, column): (&str, &str),
    name: &'a str,
    expected: Version,
    document: Result<String, impl Into<Box<dyn std::error::Error + Send + Sync>>>,
) -> Result<Statement<'a>, StoreError> {
    let text = format!(
        "INSERT INTO {table} ({column}, version, document) VALUES ($1, $2, $3)
         ON CONFLICT ({column}) DO UPDATE SET version = excluded.version, document = excluded.document
         WHERE {table}.version = $4"
    );
    let put = Statement::new(
        text,
        vec![
            name.into(),
            next(expected).into(),
            document.map_err(StoreError::new)?.into(),
            expected.0.into(),
        ],
    );
    Ok(put.must_write())
}

/// Its grants go with its revocation.
fn remove_client(client_id: &ClientId, expected: Version) -> Vec<Statement<'_>> {
    let id = || vec![client_id.as_str().into()];
    let remove = Statement::new(
        "DELETE FROM clients WHERE client_id = $1 AND version = $2",
        vec![client_id.as_str().into(), expected.0.into()],
    );
    vec![
        remove.must_write(),
        Statement::new("DELETE FROM account_links WHERE client_id = $1", id()),
        Statement::new("DELETE FROM logout_deliveries WHERE client_id = $1", id()),
    ]
}

fn remove_service_provider(entity_id: &EntityId, expected: Version) -> Vec<Statement<'_>> {
    let remove = Statement::new(
        "DELETE FROM service_providers WHERE entity_id = $1 AND version = $2",
        vec![entity_id.as_str().into(), expected.0.into()],
    );
    let links = Statement::new(
        "DELETE FROM account_links WHERE client_id = $1",
        vec![entity_id.handle().into()],
    );
    vec![remove.must_write(), links]
}

fn put_service(record: &Service, expected: Version) -> Result<Statement<'_>, StoreError> {
    let name = record.service_id.as_str();
    put_document(
        ("services", "service_id"),
        name,
        expected,
        service::document(record),
    )
}

fn put_client(client: &Client, expected: Version) -> Result<Statement<'_>, StoreError> {
    let name = client.client_id.as_str();
    put_document(("clients", "client_id"), name, expected, timed::document(client))
}

fn put_service_provider(provider: &ServiceProvider, expected: Version) -> Result<Statement<'_>, StoreError> {
    let name = provider.entity_id.as_str();
    put_document(
        ("service_providers", "entity_id"),
        name,
        expected,
        timed::document(provider),
    )
}

fn put_supersession(supersession: &Supersession, expected: Version) -> Statement<'_> {
    let put = Statement::new(
        "INSERT INTO supersessions (token_id, version, by_token_id, requested_by, confirmed_by,
                                    requested_at, effective_at, completed_at, cancelled)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (token_id) DO UPDATE
         SET version = excluded.version, by_token_id = excluded.by_token_id,
             requested_by = excluded.requested_by, confirmed_by = excluded.confirmed_by,
             requested_at = excluded.requested_at, effective_at = excluded.effective_at,
             completed_at = excluded.completed_at, cancelled = excluded.cancelled
         WHERE supersessions.version = $10",
        vec![
            supersession.token_id.as_str().into(),
            next(expected).into(),
            supersession.by.as_str().into(),
            supersession.requested_by.as_str().into(),
            supersession.confirmed_by.as_deref().into(),
            supersession.requested_at.into(),
            supersession.effective_at.into(),
            supersession.completed_at.into(),
            supersession.cancelled.into(),
            expected.0.into(),
        ],
    );
    put.must_write()
}

fn put_sealed_document<'a>(name: &'a str, sealed: &'a [u8], expected: Version) -> Statement<'a> {
    let put = Statement::new(
        "INSERT INTO sealed_documents (name, version, sealed) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version, sealed = excluded.sealed
         WHERE sealed_documents.version = $4",
        vec![
            name.into(),
            next(expected).into(),
            sealed.into(),
            expected.0.into(),
        ],
    );
    put.must_write()
}

fn put_enrolment_code(code: &EnrolmentCode) -> Statement<'_> {
    Statement::new(
        "INSERT INTO enrolment_codes (digest, token_id, issued_by, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (digest) DO UPDATE
         SET token_id = excluded.token_id, issued_by = excluded.issued_by, expires_at = excluded.expires_at",
        vec![
            code.digest.as_str().into(),
            code.token_id.as_ref().map(TokenId::as_str).into(),
            code.issued_by.as_str().into(),
            code.expires_at.into(),
        ],
    )
}

fn put_subject_key(key: &SubjectKey) -> Statement<'_> {
    Statement::new(
        "INSERT INTO subject_keys (reference, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        vec![key.reference.as_str().into(), key.sealed.as_slice().into()],
    )
}

fn erase_subject_key(reference: &str) -> Statement<'_> {
    Statement::new(
        "DELETE FROM subject_keys WHERE reference = $1",
        vec![reference.into()],
    )
}

fn put_mark<'a>(name: &'a str, value: &'a str) -> Statement<'a> {
    Statement::new(
        "INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        vec![name.into(), value.into()],
    )
}

fn put_logout_delivery(delivery: &LogoutDelivery) -> Result<Statement<'_>, StoreError> {
    Ok(Statement::new(
        "INSERT INTO logout_deliveries (id, client_id, due_at, expires_at, document) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE
         SET client_id = excluded.client_id, due_at = excluded.due_at, expires_at = excluded.expires_at,
             document = excluded.document",
        vec![
            delivery.id.as_str().into(),
            delivery.client_id.as_str().into(),
            delivery.due_at.into(),
            delivery.expires_at.into(),
            timed::document(delivery).map_err(StoreError::new)?.into(),
        ],
    ))
}

/// What becomes of a link where there is one already: it is replaced.
const REPLACED: &str =
    "UPDATE SET token_id = excluded.token_id, created_at = excluded.created_at, document = excluded.document";

/// It stays, and the writer learns that another one was faster.
const REFUSED: &str = "NOTHING";

fn put_account_link<'a>(link: &'a AccountLink, conflicting: &str) -> Result<Statement<'a>, StoreError> {
    let text = format!(
        "INSERT INTO account_links (kind, key, client_id, token_id, created_at, document)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, key, client_id) DO {conflicting}"
    );
    Ok(Statement::new(
        text,
        vec![
            link.kind.as_str().into(),
            link.key.as_str().into(),
            link.client_id.as_str().into(),
            link.token_id.as_str().into(),
            link.created_at.into(),
            timed::document(link).map_err(StoreError::new)?.into(),
        ],
    ))
}

fn remove_account_link<'a>(kind: LinkKind, key: &'a str, client_id: &'a ClientId) -> Statement<'a> {
    let text = "DELETE FROM account_links WHERE kind = $1 AND key = $2 AND client_id = $3";
    Statement::new(
        text,
        vec![kind.as_str().into(), key.into(), client_id.as_str().into()],
    )
}

fn of_revocation<'a>(revocation: &Revocation<'a>) -> Vec<Statement<'a>> {
    match revocation.whose {
        Whose::Holder(token_id, device_id) => {
            let device_id = device_id.map(DeviceId::as_str);
            let forget = Statement::new(
                "DELETE FROM grants WHERE token_id = $1 AND ($2 IS NULL OR device_id = $2)",
                vec![token_id.as_str().into(), device_id.into()],
            );
            let remember = remember(revocation, [Some(token_id.as_str()), device_id, None, None]);
            vec![remember, forget]
        }
        Whose::Grant(grant_id, at) => {
            let mark = Statement::new(
                "UPDATE grants SET version = version + 1, revoked_at = COALESCE(revoked_at, $2) WHERE grant_id = $1",
                vec![grant_id.as_str().into(), at.into()],
            );
            let remember = remember(revocation, [None, None, Some(grant_id.as_str()), None]);
            vec![remember, mark]
        }
        Whose::Session(sid) => vec![remember(revocation, [None, None, None, Some(sid)])],
        Whose::Client(client_id) => of_client(revocation, client_id),
        Whose::Token(list, index) => vec![Statement::new(
            "UPDATE token_statuses SET revoked = 1 WHERE list = $1 AND place = $2",
            vec![list.into(), index.into()],
        )],
    }
}

/// A revocation is remembered until the last token that was issued before it ends.
fn remember<'a>(revocation: &Revocation<'a>, whose: [Option<&'a str>; 4]) -> Statement<'a> {
    let mut values = vec![revocation.sequence.into(), revocation.latest.into()];
    values.extend(whose.map(Into::into));
    Statement::new(
        "INSERT INTO token_revocations (sequence, token_id, device_id, grant_id, sid, expires_at)
         SELECT $1, $3, $4, $5, $6, CASE WHEN last > $2 THEN last ELSE $2 END
         FROM (SELECT COALESCE(MAX(expires_at), 0) AS last FROM token_statuses) AS stored",
        values,
    )
}

fn of_client<'a>(revocation: &Revocation<'a>, client_id: &'a ClientId) -> Vec<Statement<'a>> {
    let remember_grants = Statement::new(
        "INSERT INTO token_revocations (sequence, grant_id, expires_at)
         SELECT $1, grant_id, CASE WHEN last > $2 THEN last ELSE $2 END
         FROM grants, (SELECT COALESCE(MAX(expires_at), 0) AS last FROM token_statuses) AS stored
         WHERE client_id = $3",
        vec![
            revocation.sequence.into(),
            revocation.latest.into(),
            client_id.as_str().into(),
        ],
    );
    let forget = Statement::new(
        "DELETE FROM grants WHERE client_id = $1",
        vec![client_id.as_str().into()],
    );
    // Whether it has grants or not: what is issued afterwards counts on this sequence.
    vec![remember(revocation, [None; 4]), remember_grants, forget]
}
