//! Fuzzes `idp_store::fuzzing::holder_document`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_store::fuzzing::holder_document(data));
