//! Fuzzes `idp_store::fuzzing::service_document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_store::fuzzing::service_document(data));
