//! Fuzzes `saml::fuzzing::soap`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saml::fuzzing::soap(data));
