//! A whole installation in one process, and those who use it: a server with its own trust scheme, people with real signed seals,
//! services, phones, browsers.
//!
//! Everything goes through the public HTTP face, as it would from outside; the harness knows nothing of the server but its
//! configuration, its clock and its operators' tokens. It decides nothing and asserts little: what has to hold is said by the
//! tests in `tests/tests/`, each file of which opens with the clause that it proves.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | a server with its own directory, clock and pushes | [`server`] | all |
//! | the same as its users see it, in whatever process | [`site`] | `crash.rs`, `phone_cli.rs` |
//! | profile 3, invented people and their seals | [`people`] | `enrolment.rs` |
//! | profile 2 and 4.3, what a phone does | [`phone`] | `login.rs`, `enrolment.rs` |
//! | profile 4, who asks | [`service`] | `login.rs`, `services.rs` |
//! | profile 4.5, the waiting browser | [`browser`] | `login.rs`, `expiry.rs` |
//! | profile 4.6 and 5, what a relying party checks | [`token`] | `login.rs`, `tokens.rs` |
//! | OpenID Connect, who asks | [`relying_party`] | `oidc_authorize.rs` |
//! | OpenID Connect, what a client signs | [`client_key`] | `oidc_token.rs` |
//! | RFC 8705, what a client shows | [`certificate`] | `../conformance/oidc/ciba` |
//! | OpenID Connect, where a client is called | [`receiver`] | `oidc_logout.rs`, `oidc_ciba.rs` |
//! | OpenID Connect, a browser with its cookies | [`web`] | `oidc_authorize.rs` |
//! | Form Post Response Mode, the form of a page | [`posted`] | `oidc_entra.rs` |
//! | Metadata 2, a SAML service provider's | [`metadata`] | `saml_providers.rs` |
//! | a provider of pushes | [`provider`] | `push.rs` |
//! | a database of its own, and its outages | [`postgres`] | `postgres.rs` |
//! | a PKCS#11 token of its own, pulled and put back | [`softhsm`] | `pkcs11.rs` |
//! | the real command, and installations that it serves | [`command`], [`installation`] | `crash.rs`, `../faults` |
//! | engines of a test's own, and a proxy in front of servers | [`cluster`], [`redis`], [`relay`] | `instances.rs`, `../faults` |
//! | what hostile clients do with connections | [`misbehaviour`] | `flood.rs`, `../faults` |
//! | a real Envoy with our filter | [`gateway`] | `gateway.rs` |
//! | an engine that is not there any more and does not say so | [`wire`] | `postgres.rs` |
//! | RSA keys, made once | [`kept_keys`] | all |
//! | requests and answers | [`http`] | `bad_input.rs` |

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a harness fails by panicking: nothing but tests calls it"
)]

pub mod browser;
pub mod certificate;
pub mod client_key;
pub mod cluster;
pub mod command;
pub mod gateway;
pub mod http;
pub mod installation;
pub mod kept_keys;
pub mod metadata;
pub mod misbehaviour;
pub mod people;
pub mod phone;
pub mod posted;
pub mod postgres;
pub mod provider;
pub mod receiver;
pub mod redis;
pub mod relay;
pub mod relying_party;
pub mod server;
pub mod service;
pub mod site;
pub mod softhsm;
pub mod token;
pub mod web;
pub mod wire;

pub use browser::{Browser, Frame};
pub use certificate::Certificate;
pub use client_key::ClientKey;
pub use cluster::{Cluster, Database};
pub use gateway::{Gateway, Setup};
pub use http::{Answer, Call};
pub use installation::{Installation, Instance};
pub use people::{Holder, Invented};
pub use phone::{Enrolling, Phone};
pub use posted::Posted;
pub use postgres::Postgres;
pub use provider::{Provider, Said};
pub use receiver::{Received, Receiver, Reply};
pub use redis::Redis;
pub use relay::Relay;
pub use relying_party::RelyingParty;
pub use server::TestServer;
pub use service::{Login, Registered, Registration};
pub use site::Site;
pub use softhsm::SoftToken;
pub use web::Web;
pub use wire::Wire;

/// `N` random bytes.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives randomness");
    bytes
}

/// A fresh identifier with a readable beginning.
pub fn fresh(prefix: &str) -> String {
    format!("{prefix}-{}", idp_types::encoding::lowerhex(&random::<8>()))
}

/// A port of this machine that is free now: below what the system gives to connections that go out.
pub fn free_port() -> u16 {
    for _ in 0..100 {
        let port = 20_000 + u16::from_be_bytes(random()) % 12_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
