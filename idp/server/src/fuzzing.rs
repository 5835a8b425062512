//! Entries for the fuzz targets: each must not panic, whatever the bytes.

/// The configuration file and an environment variable over it.
pub fn config(data: &[u8]) {
    crate::config::fuzz(data);
}

/// `Authorization: Device ...` (profile 2).
pub fn device_authorization(data: &[u8]) {
    let _ = crate::http::parse_device_authorization(&String::from_utf8_lossy(data));
}

/// JSON bodies of the approval routes, and signatures in any base64 (profile 4).
pub fn approval_bodies(data: &[u8]) {
    crate::approval::fuzz(data);
}

/// JSON bodies of the enrolment routes (profile 2).
pub fn enrolment_bodies(data: &[u8]) {
    crate::enrolment::fuzz(data);
}

/// A service as an operator writes it, and the bodies of the service routes (profile 4.2).
pub fn service_input(data: &[u8]) {
    crate::services::fuzz(data);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_a_parser_panic(data in prop::collection::vec(any::<u8>(), 0..400)) {
            device_authorization(&data);
            approval_bodies(&data);
            service_input(&data);
        }

        #[test]
        fn no_json_like_text_makes_a_parser_panic(text in r#"\{("(sessionId|tokenId|otp|timestamp|grantedScopes|signature|reason)":("[a-z_0-9]{0,9}"|-?[0-9]{1,20}|null|\[\]),?){0,7}\}"#) {
            approval_bodies(text.as_bytes());
            service_input(text.as_bytes());
        }
    }
}
