//! Fuzzes `saml::fuzzing::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saml::fuzzing::certificate(data));
