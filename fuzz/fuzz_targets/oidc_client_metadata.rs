//! Fuzzes `oidc::fuzzing::client_metadata`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::client_metadata(data));
