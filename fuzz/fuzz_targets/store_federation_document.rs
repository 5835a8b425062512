//! Fuzzes `idp_store::fuzzing::federation_document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_store::fuzzing::federation_document(data));
