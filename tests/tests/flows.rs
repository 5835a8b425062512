//! Whole flows through the public HTTP face, one module a question. Each opens with the clause that it proves.

#![cfg(test)]

mod admin;
mod admin_api;
mod attested_enrolment;
mod audit;
mod backup;
mod bad_input;
mod crash;
mod enrolment;
mod expiry;
mod flood;
mod gateway;
mod health;
mod idp;
mod instances;
mod keys;
mod keys_rotation;
mod keys_shared;
mod login;
mod logs;
mod metrics;
mod oidc_authorize;
mod oidc_ciba;
mod oidc_clients;
mod oidc_device;
mod oidc_entra;
mod oidc_links;
mod oidc_logout;
mod oidc_peers;
mod oidc_token;
mod oracle;
mod phone_cli;
mod pkcs11;
mod postgres;
mod privacy;
mod proxies;
mod push;
mod races;
mod reload;
mod rfc9700;
mod saml;
mod saml_providers;
mod services;
mod tokens;
mod traces;
