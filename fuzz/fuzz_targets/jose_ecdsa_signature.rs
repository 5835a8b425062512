//! Fuzzes `idp_jose::fuzzing::ecdsa_signature`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_jose::fuzzing::ecdsa_signature(data));
