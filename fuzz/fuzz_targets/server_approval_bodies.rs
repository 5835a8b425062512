//! Fuzzes `idp_server::fuzzing::approval_bodies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_server::fuzzing::approval_bodies(data));
