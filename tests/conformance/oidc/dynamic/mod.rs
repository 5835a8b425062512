//! Dynamic OP (`federation-oidc.md` 3b): the modules that do without implicit response types, which this provider does not have, and
//! without a person who looks at logos.

mod clients;
mod keys;
mod redirect_uris;
mod registrar;

use crate::suite::{Entry, entries};

pub(crate) const MODULES: &[Entry] = entries![
    clients::oidcc_registration_dynamic,
    clients::oidcc_idtoken_rs256,
    clients::oidcc_userinfo_rs256,
    redirect_uris::oidcc_redirect_uri_query_ok,
    redirect_uris::oidcc_redirect_uri_query_mismatch,
    redirect_uris::oidcc_redirect_uri_query_added,
    redirect_uris::oidcc_redirect_uri_regfrag,
    redirect_uris::oidcc_ensure_redirect_uri_in_authorization_request,
    clients::oidcc_registration_sector_uri,
    clients::oidcc_registration_sector_bad,
    keys::oidcc_registration_jwks_uri,
    keys::oidcc_ensure_client_assertion_with_iss_aud_succeeds,
    keys::oidcc_server_rotate_keys,
];
