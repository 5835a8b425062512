//! Entries for the fuzz targets: what providers and operators' files say. Not part of the API.

use idp_types::Timestamp;

use crate::exchange::ProviderAnswer;
use crate::fcm::ServiceAccount;
use crate::{apns, fcm, web_push};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_176_000);

/// Answers of every provider: two octets of status, a line of `Retry-After`, the body.
pub fn answers(data: &[u8]) {
    let (status, rest) = data.split_at(data.len().min(2));
    let (wait, body) = rest.split_at(rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()));
    let status = status
        .iter()
        .fold(0_u16, |sum, byte| sum.wrapping_shl(8) | u16::from(*byte));
    let answer = ProviderAnswer {
        status: status % 600,
        retry_after: Some(String::from_utf8_lossy(wait).into_owned()),
        body: body.strip_prefix(b"\n").unwrap_or(body).to_vec(),
    };
    let _ = fcm::judge(&answer, NOW);
    let _ = fcm::access_token(&answer, NOW);
    let _ = apns::judge(&answer, NOW);
    let _ = web_push::judge(&answer, NOW);
}

/// The file of a service account.
pub fn service_account(data: &[u8]) {
    let _ = ServiceAccount::parse(data);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_a_parser_panic(data in prop::collection::vec(any::<u8>(), 0..400)) {
            answers(&data);
            service_account(&data);
        }

        #[test]
        fn no_json_like_text_makes_a_parser_panic(
            status in 0_u16..600,
            text in r#"\{("(error|reason|details|status|access_token|expires_in|type|token_uri|project_id)":("[a-zA-Z_0-9]{0,12}"|-?[0-9]{1,20}|null|\[\{?\}?\]|\{\}),?){0,7}\}"#,
        ) {
            let mut data = status.to_be_bytes().to_vec();
            data.extend_from_slice(b"5\n");
            data.extend_from_slice(text.as_bytes());
            answers(&data);
            service_account(text.as_bytes());
        }
    }
}
