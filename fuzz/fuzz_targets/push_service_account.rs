//! Fuzzes `idp_push::fuzzing::service_account`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_push::fuzzing::service_account(data));
