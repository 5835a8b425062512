//! Copies of credentials: given places and revocations.

use idp_types::{DeviceId, Timestamp};

use super::statement::Statement;
use crate::durable::{CredentialStatus, CredentialsOf};

pub(super) fn issue(status: &CredentialStatus) -> Statement<'_> {
    Statement::new(
        "INSERT INTO credential_statuses (list, place, issuance_id, token_id, device_id, configuration,
                                          issued_at, expires_at, revoked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        vec![
            status.list.into(),
            status.index.into(),
            status.issuance_id.as_str().into(),
            status.token_id.as_str().into(),
            status.device_id.as_str().into(),
            status.configuration.as_str().into(),
            status.issued_at.into(),
            status.expires_at.into(),
            status.revoked_at.into(),
        ],
    )
}

pub(super) fn revoke(whose: &CredentialsOf, at: Timestamp) -> Statement<'_> {
    match whose {
        CredentialsOf::Issuance(id) => Statement::new(
            "UPDATE credential_statuses SET revoked_at = $2 WHERE issuance_id = $1 AND revoked_at IS NULL",
            vec![id.as_str().into(), at.into()],
        ),
        CredentialsOf::Holder(token_id, device_id) => Statement::new(
            "UPDATE credential_statuses SET revoked_at = $2
             WHERE token_id = $1 AND ($3 IS NULL OR device_id = $3) AND revoked_at IS NULL",
            vec![
                token_id.as_str().into(),
                at.into(),
                device_id.as_ref().map(DeviceId::as_str).into(),
            ],
        ),
    }
}
