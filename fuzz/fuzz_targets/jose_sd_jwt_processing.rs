//! Fuzzes `idp_jose::fuzzing::sd_jwt_processing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_jose::fuzzing::sd_jwt_processing(data));
