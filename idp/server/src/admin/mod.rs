//! What operators may see and do: `/admin/*` and `POST /revoke` (`product.md` 15, profile 11 and 12).
//!
//! Every route asks for an operator token, counts it, and asks one [`Permission`] of it. A write and its audit record are one
//! commit, so nothing an operator does is without its record; reading about one person is recorded too.
//!
//! | operation | module |
//! |---|---|
//! | who may do what | [`permission`] |
//! | operator tokens: issue, verify, count | [`operator`], [`token`] |
//! | holders and their devices | [`enrollments`], [`enrollment`], [`revoke`], [`supersede`], [`erase`] |
//! | approval sessions | [`sessions`], [`session`], [`live`] |
//! | audit | [`audit`], [`heads`] |
//! | services | [`services`], [`rotate_secret`] |
//! | OpenID Connect clients, account links | [`clients`], [`links`], [`link`] |
//! | SAML service providers | [`service_providers`] |
//! | one-time enrolment codes | [`codes`] |
//! | trust lists and keys | [`trust`], [`keys`] |
//!
//! # What the command line does, here
//!
//! Both call the same functions, so that what is checked and what is recorded is the same.
//!
//! | command | request |
//! |---|---|
//! | `idp service list`, `show` | `GET /admin/services`, `GET /admin/services/{serviceId}` |
//! | `idp service add` | `POST /admin/services`, `PUT /admin/services/{serviceId}` |
//! | `idp service disable`, `disable --undo` | `DELETE`, or `PATCH {"enabled": ...}` |
//! | `idp service rotate-secret` | `POST /admin/services/{serviceId}/rotate-secret` |
//! | `idp client list`, `show` | `GET /admin/clients`, `GET /admin/clients/{clientId}` |
//! | `idp client add` | `POST /admin/clients`, `PUT /admin/clients/{clientId}`; presets as `preset`, `preset_values` |
//! | `idp client change` | `PATCH /admin/clients/{clientId}` |
//! | `idp client remove` | `DELETE /admin/clients/{clientId}` |
//! | `idp client rotate-secret` | `POST /admin/clients/{clientId}/rotate-secret` |
//! | `idp client registration-token` | `POST /admin/client-registration-tokens` |
//! | `idp sp list`, `show` | `GET /admin/service-providers`, `GET /admin/service-providers/{entityId}` |
//! | `idp sp add` | `POST /admin/service-providers`, `PUT /admin/service-providers/{entityId}` |
//! | `idp sp change` | `PATCH /admin/service-providers/{entityId}` |
//! | `idp sp refresh` | `POST /admin/service-providers/{entityId}/refresh` |
//! | `idp sp remove` | `DELETE /admin/service-providers/{entityId}` |
//! | `idp link list` | `GET /admin/links`, `GET /admin/links/{clientId}/{tokenId}` |
//! | `idp link add`, `remove` | `PUT`, `DELETE /admin/links/{clientId}/{tokenId}`, or `/admin/links` |
//! | `idp device list` | `GET /admin/enrollments/{tokenId}` |
//! | `idp device revoke` | `POST /revoke` |
//! | `idp device supersede` | `POST`, `DELETE /admin/enrollments/{tokenId}/supersede` |
//! | `idp enrolment-code create` | `POST /admin/enrollment-codes` |
//! | `idp operator token` | `POST /admin/operator-tokens`: in one's own name and never more than one has; the first one is made at the terminal |
//! | `idp audit tail`, `verify` | `GET /admin/audit`, `POST /admin/audit/verify` |
//! | `idp key list`, `rotate` | `GET /admin/keys`, `POST /admin/keys/{purpose}/rotate` |
//! | `idp trust show` | `GET /admin/trust`; lists that were exchanged are read at once by `POST /admin/trust/refresh` |
//! | `idp apply` | a `PUT` of each document |
//!
//! Not here: what makes files that a server is given (`idp trust init`, `add`, `sign`, `idp seal`, `idp config`, `idp migrate`,
//! `idp store copy`). Their keys and passwords belong on no network.
//!
//! # Writing a resource
//!
//! Services, clients, service providers and links are written whole by `PUT`: made (201), replaced (200), or left alone when they are so already, without
//! a record and without a new version. `PATCH` is a JSON merge patch (RFC 7396). Every answer about one has a strong `ETag`; a write
//! with `If-Match` or `If-None-Match: *` is admitted on that state alone (412), and of two writers who saw the same state one is
//! ([`crate::conditional`]). `admin.require_preconditions` refuses writes without a condition (428).
//!
//! Secrets are made by the server, when a resource is made and by `rotate-secret`, and shown in that one answer; a `PUT` of an existing
//! resource never shows or changes one, so that a declared state is stable. Digests of secrets made elsewhere are not taken: a digest
//! does not show that its secret is random, and a plain SHA-256 protects no other.

mod audit;
mod clients;
mod codes;
mod enrollment;
mod enrollments;
mod erase;
mod extract;
mod heads;
mod keys;
mod link;
mod links;
mod live;
mod operator;
mod operator_token;
mod permission;
mod record;
mod revoke;
mod rotate_secret;
mod service_providers;
mod services;
mod session;
mod sessions;
mod supersede;
mod token;
mod trust;
mod verify_audit;
mod writing;

use std::sync::Arc;

use idp_core::approval::{Purpose, Session};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use clients::{ClientView, document as client_document};
pub(crate) use codes::{CodeInput, issue_code};
pub(crate) use enrollment::EnrollmentDetail;
pub(crate) use keys::{KeyChangeError, KeyView, import_key, key_views, retire_key, rotate_key};
pub(crate) use links::Kind as LinkKindName;
pub use operator::Operator;
pub use permission::{OperatorScope, Permission, Role};
pub(crate) use revoke::Reason;
pub(crate) use rotate_secret::Secret;
pub(crate) use service_providers::document as provider_document;
pub(crate) use services::{IssuedView, ServiceView, document as service_document, find as find_service};
pub(crate) use supersede::{SupersessionView, advance};
pub use token::{OPERATOR_TOKEN_TYPE, OperatorGrant, issue_operator_token};
pub(crate) use trust::TrustView;

use crate::app::App;

/// The operators' routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    let records = OpenApiRouter::new()
        .routes(routes!(enrollments::list_enrollments))
        .routes(routes!(enrollment::show_enrollment))
        .routes(routes!(revoke::revoke))
        .routes(routes!(supersede::supersede, supersede::withdraw))
        .routes(routes!(erase::erase_audit_key))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(live::live_sessions))
        .routes(routes!(session::show_session))
        .routes(routes!(audit::search_audit))
        .routes(routes!(heads::audit_heads))
        .routes(routes!(verify_audit::verify_audit));
    records
        .merge(registrations())
        .merge(secrets())
        .layer(verify_audit::turn())
}

/// Who may ask: services, and their clients and service providers.
fn registrations() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(services::list_services, services::write::create_service))
        .routes(routes!(
            services::show_service,
            services::write::put_service,
            services::write::update_service,
            services::write::disable_service
        ))
        .routes(routes!(rotate_secret::rotate_service_secret))
        .routes(routes!(clients::list_clients, clients::write::add_client))
        .routes(routes!(
            clients::show_client,
            clients::write::put_client,
            clients::write::update_client,
            clients::write::delete_client
        ))
        .routes(routes!(clients::write::rotate_secret_of_client))
        .routes(routes!(clients::registration_token::create_registration_token))
        .routes(routes!(
            service_providers::list_service_providers,
            service_providers::write::add_service_provider
        ))
        .routes(routes!(
            service_providers::show_service_provider,
            service_providers::write::put_service_provider,
            service_providers::write::update_service_provider,
            service_providers::write::delete_service_provider
        ))
        .routes(routes!(service_providers::write::refresh_service_provider))
        .routes(routes!(links::list_links, links::put_link, links::delete_link))
        .routes(routes!(
            link::show_address,
            link::put_one_address,
            link::delete_one_address
        ))
}

/// What lets people, phones and operators in, and what signs.
fn secrets() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(codes::create_enrolment_code))
        .routes(routes!(trust::trust_status))
        .routes(routes!(trust::refresh_trust))
        .routes(routes!(operator_token::create_operator_token))
        .routes(routes!(keys::list_keys))
        .routes(routes!(keys::rotate))
        .routes(routes!(keys::import))
        .routes(routes!(keys::retire))
}

/// Whose session it is, for operators; a verification without login is nobody's (profile 7).
fn named_holder(session: &Session) -> Option<String> {
    let named = session.purpose != Purpose::Verify;
    session
        .token_id
        .as_ref()
        .filter(|_| named)
        .map(ToString::to_string)
}

/// Fuzz entry: what an operator's token and bodies say is read without a panic.
#[doc(hidden)]
pub fn fuzz(data: &[u8]) {
    let _ = OperatorScope::set_of(&String::from_utf8_lossy(data));
    crate::conditional::fuzz(data);
    clients::write::fuzz(data);
    crate::saml::providers::fuzz(data);
    links::fuzz(data);
    operator_token::fuzz(data);
    services::write::fuzz(data);
    supersede::fuzz(data);
    let _ = serde_json::from_slice::<CodeInput>(data);
}
