//! Fuzzes `saml::fuzzing::artifact`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saml::fuzzing::artifact(data));
