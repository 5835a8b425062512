//! Fuzzes `idp_store::fuzzing::canonical_record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_store::fuzzing::canonical_record(data));
