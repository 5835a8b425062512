//! Fuzzes `vc_issuer::fuzzing::holder_proof`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vc_issuer::fuzzing::holder_proof(data));
