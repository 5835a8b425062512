//! Fuzzes `vc_issuer::fuzzing::bitstring`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vc_issuer::fuzzing::bitstring(data));
