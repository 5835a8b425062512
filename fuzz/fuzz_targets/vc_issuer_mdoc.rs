//! Fuzzes `vc_issuer::fuzzing::mdoc`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| vc_issuer::fuzzing::mdoc(data));
