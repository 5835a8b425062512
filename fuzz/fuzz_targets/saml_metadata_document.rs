//! Fuzzes `saml::fuzzing::metadata_document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| saml::fuzzing::metadata_document(data));
