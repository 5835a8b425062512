//! Fuzzes `oidc::fuzzing::device_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::device_request(data));
