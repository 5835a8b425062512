//! The identity provider's shell: HTTP, stores, keys, configuration, pages, the `idp` command. The one place where engine,
//! protocols and effects meet.
//!
//! Every handler loads, decides, commits and renders. Decisions are `idp-core`'s; this crate verifies signatures, carries effects out
//! and refuses to decide.
//!
//! | specification | module | tests |
//! |---|---|---|
//! | profile 1, 2, 11 | [`enrolment`] | `tests/tests/enrolment.rs` |
//! | profile 4, 7 | [`approval`] | `tests/tests/login.rs`, `races.rs`, `oracle.rs` |
//! | profile 4.2 | [`services`] | `tests/tests/services.rs` |
//! | profile 3 | [`trust`] | `idp-vds`, `tests/tests/enrolment.rs` |
//! | profile 5 (tokens, status lists, keys) | [`status`], [`keys`], [`wellknown`] | `tests/tests/tokens.rs` |
//! | profile 9 | `saml` | `tests/tests/saml_providers.rs` |
//! | profile, Conventions: requests to addresses of strangers | [`outbound`] | `outbound::tests`, `tests/tests/oidc_clients/addresses.rs` |
//! | profile 4, "Push body"; operations 3.7, row 22 | [`push`] | `tests/tests/push.rs` |
//! | profile 12 | [`audit`] | `tests/tests/audit.rs` |
//! | issue "Gateway" 10 (forward-auth) | `gateway` | `tests/tests/forward_auth.rs` |
//! | `product.md` 15 | [`admin`] | `tests/tests/admin.rs` |
//! | issue "Production" 7 (metrics, log, traces) | [`telemetry`] | `tests/tests/{metrics,logs,traces}.rs` |
//! | architecture, "The edge" | [`edge`] | `edge::tests`, `tests/tests/flood.rs` |

pub mod admin;
pub mod app;
pub mod approval;
pub mod audit;
mod background;
pub mod boot;
pub mod cli;
pub mod clock;
mod conditional;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod edge;
pub mod enrolment;
#[doc(hidden)]
pub mod fuzzing;
pub mod gateway;
pub mod http;
pub mod keys;
pub mod live;
mod oidc;
pub mod outbound;
pub mod pages;
pub mod problem;
pub mod push;
mod qr;
mod reload;
pub mod router;
mod saml;
pub mod scheme;
pub mod services;
pub mod status;
mod stores;
pub mod telemetry;
pub mod trust;
pub mod wellknown;
