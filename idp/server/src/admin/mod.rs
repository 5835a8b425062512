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
//! | OpenID Connect clients, account links | [`clients`], [`links`] |
//! | one-time enrolment codes | [`codes`] |
//! | trust lists and keys | [`trust`], [`keys`] |

mod audit;
mod clients;
mod codes;
mod enrollment;
mod enrollments;
mod erase;
mod extract;
mod heads;
mod keys;
mod links;
mod live;
mod operator;
mod permission;
mod record;
mod revoke;
mod rotate_secret;
mod services;
mod session;
mod sessions;
mod supersede;
mod token;
mod trust;

use std::sync::Arc;

use idp_core::approval::{Purpose, Session};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use clients::ClientView;
pub(crate) use codes::{CodeInput, issue_code};
pub(crate) use enrollment::EnrollmentDetail;
pub(crate) use keys::{KeyChangeError, KeyView, import_key, key_views, retire_key, rotate_key};
pub(crate) use links::Kind as LinkKindName;
pub use operator::Operator;
pub use permission::{OperatorScope, Permission, Role};
pub(crate) use revoke::Reason;
pub(crate) use rotate_secret::Secret;
pub(crate) use services::{IssuedView, ServiceView, find as find_service};
pub(crate) use supersede::{SupersessionView, advance};
pub use token::{OPERATOR_TOKEN_TYPE, OperatorGrant, issue_operator_token};
pub(crate) use trust::TrustView;

use crate::app::App;

/// The operators' routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
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
        .routes(routes!(services::list_services, services::create_service))
        .routes(routes!(
            services::show_service,
            services::update_service,
            services::disable_service
        ))
        .routes(routes!(rotate_secret::rotate_service_secret))
        .routes(routes!(clients::list_clients, clients::add_client))
        .routes(routes!(
            clients::show_client,
            clients::update_client,
            clients::delete_client
        ))
        .routes(routes!(clients::rotate_secret_of_client))
        .routes(routes!(clients::create_registration_token))
        .routes(routes!(links::list_links, links::put_link, links::delete_link))
        .routes(routes!(codes::create_enrolment_code))
        .routes(routes!(trust::trust_status))
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
    clients::fuzz(data);
    links::fuzz(data);
    services::fuzz(data);
    supersede::fuzz(data);
    let _ = serde_json::from_slice::<CodeInput>(data);
}
