//! Fuzzes `idp_authenticator::fuzzing::texts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_authenticator::fuzzing::texts(data));
