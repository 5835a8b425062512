//! Fuzzes `idp_jose::fuzzing::jwt`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_jose::fuzzing::jwt(data));
