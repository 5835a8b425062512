//! Fuzzes `idp_vds::fuzzing::signed_list`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_vds::fuzzing::signed_list(data));
