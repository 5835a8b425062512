//! Fuzzes `saml::fuzzing::message`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saml::fuzzing::message(data));
