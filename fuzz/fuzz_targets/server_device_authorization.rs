//! Fuzzes `idp_server::fuzzing::device_authorization`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_server::fuzzing::device_authorization(data));
