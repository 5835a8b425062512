//! Fuzzes `oidc::fuzzing::external_hint`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::external_hint(data));
