//! Fuzzes `idp_vds::fuzzing::android_attestation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_vds::fuzzing::android_attestation(data));
