//! Fuzzes `verdict::fuzzing::p256_tables`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| verdict::fuzzing::p256_tables(data));
