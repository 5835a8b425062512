//! Tests against PostgreSQL itself: `IDP_TEST_POSTGRES` is the URL of a server where they may make databases, `IDP_TEST_POSTGRES_BIN` the
//! folder of its programs, for servers that they kill. `tests/run` starts one and sets both.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests: a failure here fails the test"
)]

mod audit;
mod cluster;
mod contract;
mod crash;
mod database;
mod import;
mod instances;
mod leader;
mod migrations;
