//! What a commit changes.

use idp_core::enrolment::Holder;
use idp_core::service::Service;
use idp_types::{ClientId, DeviceId, ServiceId, Timestamp, TokenId};
use oidc::link::{AccountLink, LinkKind};
use oidc::logout::LogoutDelivery;
use oidc::{BrowserSession, Client, Grant, GrantId};
use saml::EntityId;
use saml::provider::ServiceProvider;
use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::CommitError;
use super::record::{
    CredentialStatus, CredentialsOf, EnrolmentCode, SessionOutcome, SubjectKey, Supersession, TokenStatus,
};
use crate::Version;

/// One change of durable state.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Change {
    /// Uses an identifier up. A second use is [`CommitError::AlreadyConsumed`], for ever or until it is pruned after `expires_at`.
    Consume(Consumption),
    /// Ends an approval session. A second end is [`CommitError::AlreadyConsumed`].
    ResolveSession(SessionOutcome),
    /// Refuses the commit with [`CommitError::DeviceNotActive`] unless the device exists, is not revoked and its holder is neither
    /// revoked nor superseded.
    RequireActiveDevice {
        /// The holder.
        token_id: TokenId,
        /// The device.
        device_id: DeviceId,
    },
    /// Writes a holder. [`CommitError::Conflict`] unless the stored version is `expected` (zero: must not exist).
    PutHolder {
        /// The new state.
        holder: Box<Holder>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Writes a service, with the same rule.
    PutService {
        /// The new state.
        service: Box<Service>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Reserves a status index for a token. [`CommitError::IndexTaken`] when it is in use.
    IssueToken(TokenStatus),
    /// Revokes every token that the holder, or one of its devices, was issued before, and forgets the grants behind them: whoever
    /// names such a grant afterwards names none.
    RevokeTokens {
        /// The holder.
        token_id: TokenId,
        /// One device, or all.
        device_id: Option<DeviceId>,
    },
    /// Reserves a place for a copy of a credential, for ever. [`CommitError::IndexTaken`] when it was ever given. Together with
    /// [`Change::RequireActiveDevice`] no revocation of the holder misses it.
    IssueCredential(Box<CredentialStatus>),
    /// Revokes credentials that were issued before; those that are revoked keep their time. It stands behind the
    /// [`Change::PutHolder`] that it follows from.
    RevokeCredentials {
        /// Which ones.
        whose: CredentialsOf,
        /// When.
        at: Timestamp,
    },
    /// Registers a one-time enrolment code by its SHA-256.
    PutEnrolmentCode(EnrolmentCode),
    /// Stores a subject's sealed audit key, unless one is there already.
    PutSubjectKey(SubjectKey),
    /// Destroys a subject's audit key: what was sealed under it is erased.
    EraseSubjectKey {
        /// Which.
        reference: String,
    },
    /// Writes a supersession request. [`CommitError::Conflict`] unless the stored version is `expected`.
    PutSupersession {
        /// The new state.
        supersession: Supersession,
        /// The version it was decided on.
        expected: Version,
    },
    /// Writes a small named value (trust list sequences, the pairwise key's check value).
    PutMark {
        /// Its name.
        name: String,
        /// Its value, at most 4 KiB.
        value: String,
    },
    /// Writes a document that somebody sealed and that instances share. [`CommitError::Conflict`] unless the stored version is `expected`
    /// (zero: must not exist).
    PutSealedDocument {
        /// Its name.
        name: String,
        /// What it is now, at most 1 MiB.
        sealed: Vec<u8>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Revokes one token. Fine when nobody was issued that entry.
    RevokeToken {
        /// Which list.
        list: u32,
        /// Which entry.
        index: u32,
    },
    /// Writes a client. [`CommitError::Conflict`] unless the stored version is `expected` (zero: must not exist).
    PutClient {
        /// The new state.
        client: Box<Client>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Removes a client with its grants, its account links and the logouts that it is owed; the tokens of its grants are revoked.
    /// [`CommitError::Conflict`] unless the stored version is `expected`.
    RemoveClient {
        /// Which.
        client_id: ClientId,
        /// The version it was decided on.
        expected: Version,
    },
    /// Writes a grant, with the same rule. To whom it was given, by whom and until when never changes: engines may find a grant by what
    /// its first version said.
    PutGrant {
        /// The new state.
        grant: Box<Grant>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Sets `revoked_at` of a grant that is stored, unless it is set, and makes a new version of it; revokes every token that was issued
    /// under it before, stored grant or not.
    RevokeGrant {
        /// Which.
        grant_id: GrantId,
        /// When.
        at: Timestamp,
    },
    /// Revokes every token that was issued before to end with a client's part of a browser session.
    RevokeSession {
        /// The client's `sid`.
        sid: String,
    },
    /// Writes a browser's session, with the rule of [`Change::PutClient`].
    PutBrowserSession {
        /// The new state.
        session: Box<BrowserSession>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Writes a logout that is owed to a client, in place of what was there.
    PutLogoutDelivery {
        /// The new state.
        delivery: Box<LogoutDelivery>,
    },
    /// Forgets a logout: the client took it, or never will.
    RemoveLogoutDelivery {
        /// Which.
        id: String,
    },
    /// Refuses the commit with [`CommitError::Conflict`] unless a service is stored at this version: what was decided on it holds.
    RequireService {
        /// Which.
        service_id: ServiceId,
        /// The version.
        expected: Version,
    },
    /// The same of a client.
    RequireClient {
        /// Which.
        client_id: ClientId,
        /// The version.
        expected: Version,
    },
    /// Writes an account link, in place of what was there.
    PutAccountLink {
        /// The new state.
        link: Box<AccountLink>,
    },
    /// Writes an account link where there is none for its kind, key and client; [`CommitError::Conflict`] where there is.
    AddAccountLink {
        /// The link.
        link: Box<AccountLink>,
    },
    /// Deletes an account link.
    RemoveAccountLink {
        /// What it ties.
        kind: LinkKind,
        /// What it is looked up by.
        key: String,
        /// For which client.
        client_id: ClientId,
    },
    /// Writes a SAML service provider, with the rule of [`Change::PutClient`].
    PutServiceProvider {
        /// The new state.
        provider: Box<ServiceProvider>,
        /// The version it was decided on.
        expected: Version,
    },
    /// Removes a SAML service provider with its account links. [`CommitError::Conflict`] unless the stored version is `expected`.
    RemoveServiceProvider {
        /// Which.
        entity_id: EntityId,
        /// The version it was decided on.
        expected: Version,
    },
}

/// What kind of identifier is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsumptionKind {
    /// An enrolment challenge.
    EnrolmentChallenge,
    /// A one-time enrolment code.
    EnrolmentCode,
    /// The approval of a further device.
    EnrolmentApproval,
    /// A result handed out by `GET /auth/result`.
    Result,
    /// A `jti` of a client assertion.
    AssertionId,
    /// An interaction of a browser: it yields one code at the most.
    Interaction,
    /// An OAuth authorization code.
    AuthorizationCode,
    /// A pushed authorization request (RFC 9126).
    PushedRequest,
    /// A pre-authorized code (OpenID4VCI section 3.5).
    PreAuthorizedCode,
    /// A deferred issuance that was served (OpenID4VCI section 9).
    CredentialTransaction,
    /// A device code (RFC 8628).
    DeviceCode,
    /// An `auth_req_id` (CIBA).
    CibaRequest,
    /// A SAML request.
    SamlRequest,
    /// The state of an account link that was replaced or deleted on a condition: it is no longer the current one.
    AccountLink,
}

impl ConsumptionKind {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnrolmentChallenge => "enrolment_challenge",
            Self::EnrolmentCode => "enrolment_code",
            Self::EnrolmentApproval => "enrolment_approval",
            Self::Result => "result",
            Self::AssertionId => "assertion_id",
            Self::Interaction => "interaction",
            Self::AuthorizationCode => "authorization_code",
            Self::PushedRequest => "pushed_request",
            Self::PreAuthorizedCode => "pre_authorized_code",
            Self::CredentialTransaction => "credential_transaction",
            Self::DeviceCode => "device_code",
            Self::CibaRequest => "ciba_request",
            Self::SamlRequest => "saml_request",
            Self::AccountLink => "account_link",
        }
    }
}

/// A used identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumption {
    /// Of which kind.
    pub kind: ConsumptionKind,
    /// The identifier, or its digest where it is a secret. At most 256 bytes.
    pub id: String,
    /// When it may be forgotten, because by then it is refused for its age.
    pub expires_at: Timestamp,
}
