//! Fuzzes `idp_jose::fuzzing::keys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_jose::fuzzing::keys(data));
