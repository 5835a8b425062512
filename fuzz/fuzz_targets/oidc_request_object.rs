//! Fuzzes `oidc::fuzzing::request_object`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::request_object(data));
