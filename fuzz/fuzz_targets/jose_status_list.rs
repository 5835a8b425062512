//! Fuzzes `idp_jose::fuzzing::status_list`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_jose::fuzzing::status_list(data));
