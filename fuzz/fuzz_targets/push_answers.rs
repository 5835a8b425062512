//! Fuzzes `idp_push::fuzzing::answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_push::fuzzing::answers(data));
