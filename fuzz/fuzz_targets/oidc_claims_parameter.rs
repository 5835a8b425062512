//! Fuzzes `oidc::fuzzing::claims_parameter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| oidc::fuzzing::claims_parameter(data));
