//! Basic OP (`federation-oidc.md` 3a), and Form Post OP by the plan's variant. In the suite's order.
//!
//! A client here is an operator's, static in the suite's words. `oidcc-idtoken-signature` is run by the suite for clients that register
//! themselves; here it says of both what they get.

mod codes;
mod happy;
mod request_objects;
mod scopes;
mod sessions;
mod userinfo;
mod wishes;

use crate::suite::{Entry, entries};

pub(crate) const MODULES: &[Entry] = entries![
    happy::oidcc_server,
    happy::oidcc_response_type_missing,
    happy::oidcc_idtoken_signature,
    happy::oidcc_idtoken_unsigned,
    userinfo::oidcc_userinfo_get,
    userinfo::oidcc_userinfo_post_header,
    userinfo::oidcc_userinfo_post_body,
    happy::oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
    scopes::oidcc_scope_profile,
    scopes::oidcc_scope_email,
    scopes::oidcc_scope_address,
    scopes::oidcc_scope_phone,
    scopes::oidcc_scope_all,
    scopes::oidcc_ensure_other_scope_order_succeeds,
    wishes::oidcc_display_page,
    wishes::oidcc_display_popup,
    sessions::oidcc_prompt_login,
    sessions::oidcc_prompt_none_not_logged_in,
    sessions::oidcc_prompt_none_logged_in,
    sessions::oidcc_max_age_1,
    sessions::oidcc_max_age_10000,
    wishes::oidcc_ensure_request_with_unknown_parameter_succeeds,
    sessions::oidcc_id_token_hint,
    wishes::oidcc_login_hint,
    wishes::oidcc_ui_locales,
    wishes::oidcc_claims_locales,
    wishes::oidcc_ensure_request_with_acr_values_succeeds,
    codes::oidcc_codereuse,
    codes::oidcc_codereuse_30seconds,
    codes::oidcc_ensure_registered_redirect_uri,
    happy::oidcc_ensure_post_request_succeeds,
    happy::oidcc_server_client_secret_post,
    request_objects::oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    request_objects::oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    wishes::oidcc_claims_essential,
    request_objects::oidcc_ensure_request_object_with_redirect_uri,
    codes::oidcc_refresh_token,
    codes::oidcc_ensure_request_with_valid_pkce_succeeds,
];
