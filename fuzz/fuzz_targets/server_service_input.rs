//! Fuzzes `idp_server::fuzzing::service_input`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_server::fuzzing::service_input(data));
