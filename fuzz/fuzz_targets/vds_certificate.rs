//! Fuzzes `idp_vds::fuzzing::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_vds::fuzzing::certificate(data));
