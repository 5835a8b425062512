//! Fuzzes `idp_types::fuzzing::identifiers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_types::fuzzing::identifiers(data));
