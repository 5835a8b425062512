//! Session OP: a frame of the provider that a client asks (Session Management 1.0). The provider has none: browsers that give a frame no
//! cookies of its own made it useless, and `prompt=none` and the two logout channels do its work.

use crate::client::Provider;
use crate::suite::{Entry, Module, entries};

pub(crate) const MODULES: &[Entry] = entries![
    oidcc_session_management_discovery_endpoint_verification,
    oidcc_session_management_rp_initiated_logout,
];

async fn oidcc_session_management_discovery_endpoint_verification(module: Module) {
    is_left_out(&module).await;
}

async fn oidcc_session_management_rp_initiated_logout(module: Module) {
    is_left_out(&module).await;
}

/// What is not there is not advertised either.
async fn is_left_out(module: &Module) {
    let server = module.server().await;
    let provider = Provider::discover(&server).await;
    assert!(provider.metadata.get("check_session_iframe").is_none());
    module.skip("check_session_iframe is not advertised");
}
