//! Revocations. A token finds out by itself: it is revoked when a row with a later sequence than the one it was issued after names its
//! holder, its device or its grant.

use idp_store::StoreError;
use idp_types::{ClientId, DeviceId, Timestamp, TokenId};
use oidc::{Grant, GrantId};
use sqlx::SqliteConnection;

use crate::row::{failed, integer};

/// Whose tokens are revoked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'a> {
    /// A holder's, or those of one device. The grants go.
    Holder(&'a TokenId, Option<&'a DeviceId>),
    /// A grant's, which is marked at this time.
    Grant(&'a GrantId, Option<Timestamp>),
    /// Those of all grants of a client. The grants go.
    Client(&'a ClientId),
    /// One token; it takes no place in the order.
    Token(u32, u32),
}

/// A revocation with its place in the order of tokens and revocations.
pub(super) struct Revocation<'a> {
    pub(super) sequence: u64,
    /// When the last token of this batch before it ends.
    pub(super) latest: Timestamp,
    pub(super) whose: Whose<'a>,
}

/// Whether a revocation of the holder, or of one of its devices, ends a grant.
pub(super) fn is_of_holder(grant: &Grant, token_id: &TokenId, device_id: Option<&DeviceId>) -> bool {
    let login = &grant.authentication;
    login.token_id == *token_id && device_id.is_none_or(|device_id| login.device_id == *device_id)
}

/// A revocation is remembered until the last token that was issued before it ends.
const REMEMBER: &str = "INSERT INTO token_revocations (sequence, token_id, device_id, grant_id, expires_at)
     VALUES (?1, ?2, ?3, ?4, MAX(?5, COALESCE((SELECT MAX(expires_at) FROM token_statuses), 0)))";

const REMEMBER_CLIENT: &str = "INSERT INTO token_revocations (sequence, grant_id, expires_at)
     SELECT ?1, grant_id, MAX(?2, COALESCE((SELECT MAX(expires_at) FROM token_statuses), 0))
     FROM grants WHERE client_id = ?3";

impl Revocation<'_> {
    pub(super) async fn apply(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        match self.whose {
            Whose::Holder(token_id, device_id) => {
                let name = (Some(token_id), device_id, None);
                self.remember(connection, name).await?;
                let forget =
                    sqlx::query("DELETE FROM grants WHERE token_id = ?1 AND (?2 IS NULL OR device_id = ?2)")
                        .bind(token_id.as_str())
                        .bind(device_id.map(DeviceId::as_str));
                forget.execute(connection).await.map(drop).map_err(failed)
            }
            Whose::Grant(grant_id, at) => {
                self.remember(connection, (None, None, Some(grant_id))).await?;
                let mark = sqlx::query(
                    "UPDATE grants SET version = version + 1, revoked_at = COALESCE(revoked_at, ?2)
                     WHERE grant_id = ?1",
                )
                .bind(grant_id.as_str())
                .bind(at.map(Timestamp::unix_millis));
                mark.execute(connection).await.map(drop).map_err(failed)
            }
            Whose::Client(client_id) => self.of_client(connection, client_id).await,
            Whose::Token(list, index) => {
                let revoke =
                    sqlx::query("UPDATE token_statuses SET revoked = 1 WHERE list = ? AND place = ?")
                        .bind(list)
                        .bind(index);
                revoke.execute(connection).await.map(drop).map_err(failed)
            }
        }
    }

    async fn remember(
        &self,
        connection: &mut SqliteConnection,
        (token_id, device_id, grant_id): (Option<&TokenId>, Option<&DeviceId>, Option<&GrantId>),
    ) -> Result<(), StoreError> {
        let remember = sqlx::query(REMEMBER)
            .bind(integer(self.sequence)?)
            .bind(token_id.map(TokenId::as_str))
            .bind(device_id.map(DeviceId::as_str))
            .bind(grant_id.map(GrantId::as_str))
            .bind(self.latest.unix_millis());
        remember.execute(connection).await.map(drop).map_err(failed)
    }

    async fn of_client(
        &self,
        connection: &mut SqliteConnection,
        client_id: &ClientId,
    ) -> Result<(), StoreError> {
        // Whether it has grants or not: what is issued afterwards counts on this sequence.
        self.remember(connection, (None, None, None)).await?;
        let remember = sqlx::query(REMEMBER_CLIENT)
            .bind(integer(self.sequence)?)
            .bind(self.latest.unix_millis())
            .bind(client_id.as_str());
        remember.execute(&mut *connection).await.map_err(failed)?;
        let forget = sqlx::query("DELETE FROM grants WHERE client_id = ?").bind(client_id.as_str());
        forget.execute(connection).await.map(drop).map_err(failed)
    }
}
