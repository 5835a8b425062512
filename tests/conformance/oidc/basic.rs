//! Basic OP (`federation-oidc.md` 3a), and Form Post OP by the plan's variant.

use tests::Call;

use crate::suite::{Entry, Module, entries};

pub(crate) const MODULES: &[Entry] = entries![oidcc_server];

/// The happy path.
async fn oidcc_server(module: Module) {
    let server = module.server().await;
    let discovery = server.send(Call::get("/.well-known/openid-configuration")).await;
    assert_eq!(discovery.expect(200)["issuer"], server.issuer.as_str());
}
