//! Fuzzes `saml::fuzzing::form`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saml::fuzzing::form(data));
