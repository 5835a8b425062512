//! Fuzzes `idp_jose::fuzzing::json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_jose::fuzzing::json(data));
