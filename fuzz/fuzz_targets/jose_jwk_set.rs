//! Fuzzes `idp_jose::fuzzing::jwk_set`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_jose::fuzzing::jwk_set(data));
