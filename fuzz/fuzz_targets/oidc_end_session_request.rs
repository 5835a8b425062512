//! Fuzzes `oidc::fuzzing::end_session_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::end_session_request(data));
