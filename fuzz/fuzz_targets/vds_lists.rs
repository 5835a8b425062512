//! Fuzzes `idp_vds::fuzzing::lists`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_vds::fuzzing::lists(data));
