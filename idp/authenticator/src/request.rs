//! Signed requests: `Authorization: Device ...` on everything that is not enrolment (profile 2).

use idp_types::Timestamp;
use idp_types::encoding::base64url;

use crate::identity::DeviceIdentity;
use crate::key::DeviceSigner;
use crate::message::{self, RequestFields};

/// A request as it will be sent.
#[derive(Debug, Clone, Copy)]
pub struct DeviceRequest<'a> {
    /// The HTTP method in capitals.
    pub method: &'a str,
    /// The request target as it is sent, query included, for example `/auth/pending?wait=30`.
    pub path_and_query: &'a str,
    /// The body's octets; empty where there is none.
    pub body: &'a [u8],
}

/// When a request is signed, and what makes its signed string new: two equal requests of one second are two requests.
#[derive(Debug, Clone, Copy)]
pub struct RequestStamp {
    /// The present; the server allows 30 seconds.
    pub now: Timestamp,
    /// Fresh random bytes.
    pub nonce: [u8; 16],
}

/// The value of the `Authorization` header.
pub fn authorization(
    identity: &DeviceIdentity,
    signer: &dyn DeviceSigner,
    request: &DeviceRequest<'_>,
    stamp: &RequestStamp,
) -> String {
    let timestamp = stamp.now.unix_seconds();
    let nonce = base64url(&stamp.nonce);
    let fields = RequestFields {
        method: request.method,
        path_and_query: request.path_and_query,
        timestamp,
        nonce: &nonce,
        body: request.body,
    };
    let signature = signer.sign(&message::request(identity.issuer.as_str(), &fields));
    format!(
        r#"Device tokenId="{}", deviceId="{}", ts="{timestamp}", nonce="{nonce}", sig="{}""#,
        identity.token_id,
        identity.device_id,
        base64url(&signature)
    )
}
