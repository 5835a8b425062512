//! Fuzzes `idp_types::fuzzing::words`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_types::fuzzing::words(data));
