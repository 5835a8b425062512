//! Fuzzes `idp_vds::fuzzing::seal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_vds::fuzzing::seal(data));
