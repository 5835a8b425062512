//! Fuzzes `idp_server::fuzzing::config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_server::fuzzing::config(data));
