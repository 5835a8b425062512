//! Fuzzes `idp_vds::fuzzing::service`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_vds::fuzzing::service(data));
