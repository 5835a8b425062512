//! Fuzzes `idp_vds::fuzzing::attestation_files`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_vds::fuzzing::attestation_files(data));
