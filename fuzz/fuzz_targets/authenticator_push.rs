//! Fuzzes `idp_authenticator::fuzzing::push`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_authenticator::fuzzing::push(data));
