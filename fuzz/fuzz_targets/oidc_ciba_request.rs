//! Fuzzes `oidc::fuzzing::ciba_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::ciba_request(data));
