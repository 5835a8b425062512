//! Fuzzes `oidc::fuzzing::dpop_proof`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::dpop_proof(data));
