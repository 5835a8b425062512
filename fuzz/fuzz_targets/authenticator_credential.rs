//! Fuzzes `idp_authenticator::fuzzing::credential`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_authenticator::fuzzing::credential(data));
