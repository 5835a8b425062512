//! `Authorization: Device ...`: every phone request that is not enrolment is signed (profile 2).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header;
use idp_core::enrolment::{Device, DeviceKey, DeviceStanding, Holder, request_message};
use idp_jose::{Algorithm, EcPublicKey, PublicKey, Verifier, ecdsa_signature_to_raw};
use idp_store::Versioned;
use idp_store::ephemeral::{Kind, Lifetime};
use idp_types::encoding::from_base64url;
use idp_types::{DeviceId, Timestamp, TokenId};
use serde::de::DeserializeOwned;

use super::json::{body_bytes, parse_json};
use super::limit::{enforce, network_of};
use super::pad::Pad;
use crate::app::App;
use crate::crypto::{AwsVerifier, sha256_hex};
use crate::problem::{Code, Problem};

/// Seconds that a device's clock may be off.
const SKEW_SECONDS: i64 = 30;

/// Requests with a wrong signature that one network may send in a minute; right ones are counted by device.
const FAILURES_A_MINUTE: u32 = 120;

/// The members of the header, parsed.
#[derive(Debug, PartialEq, Eq)]
pub struct DeviceAuthorization {
    token_id: TokenId,
    device_id: DeviceId,
    timestamp: i64,
    nonce: String,
    signature: [u8; 64],
}

/// Parses the header's value; `None` when it is not one of ours or malformed. At most 2 KiB, five members, each once.
pub fn parse_device_authorization(value: &str) -> Option<DeviceAuthorization> {
    if value.len() > 2048 {
        return None;
    }
    let (scheme, rest) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("device") {
        return None;
    }
    let mut members = HashMap::new();
    for part in rest.split(',') {
        let (name, quoted) = part.trim().split_once('=')?;
        let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
        if text.contains(['"', '\\']) || members.insert(name, text).is_some() {
            return None;
        }
    }
    let nonce = *members.get("nonce")?;
    let readable = (8..=64).contains(&nonce.len())
        && nonce
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    Some(DeviceAuthorization {
        token_id: TokenId::parse(*members.get("tokenId")?).ok()?,
        device_id: DeviceId::parse(*members.get("deviceId")?).ok()?,
        timestamp: members.get("ts")?.parse().ok()?,
        nonce: readable.then(|| nonce.to_owned())?,
        signature: ecdsa_signature_to_raw(&from_base64url(members.get("sig")?)?).ok()?,
    })
}

/// A request that an active device signed.
#[derive(Debug)]
pub struct DeviceRequest {
    /// The holder.
    pub holder: Arc<Versioned<Holder>>,
    /// Which device.
    pub device_id: DeviceId,
    /// The body's octets.
    pub body: Bytes,
}

impl DeviceRequest {
    /// The device that signed.
    ///
    /// # Errors
    /// `device_not_active` when it vanished meanwhile.
    pub fn device(&self) -> Result<&Device, Problem> {
        self.holder
            .value
            .device(&self.device_id)
            .ok_or_else(|| Code::DeviceNotActive.into())
    }

    /// The holder's tokenId.
    pub fn token_id(&self) -> &TokenId {
        &self.holder.value.token_id
    }
}

/// Verifies an ES256 signature under a device's key.
pub(crate) fn verify_device(key: &DeviceKey, message: &[u8], signature: &[u8; 64]) -> bool {
    let Ok(key) = EcPublicKey::from_sec1(&key.0) else {
        return false;
    };
    AwsVerifier
        .verify(Algorithm::Es256, &PublicKey::P256(key), message, signature)
        .is_ok()
}

impl FromRequest<Arc<App>> for DeviceRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let pad = Pad::begin();
        let address = request
            .extensions()
            .get::<crate::edge::ClientAddress>()
            .map(|client| client.0);
        let read = read_request(request, app).await;
        match read {
            Err(problem) if problem.code() == Code::InvalidSignature => {
                let network = address.map(network_of).unwrap_or_default();
                let limited = enforce(app, &format!("device-fail:{network}"), FAILURES_A_MINUTE, 60).await;
                pad.hold().await;
                limited.and(Err(problem))
            }
            other => other,
        }
    }
}

async fn read_request(request: Request, app: &Arc<App>) -> Result<DeviceRequest, Problem> {
    let (parts, body) = request.into_parts();
    let value = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let authorization = value
        .and_then(parse_device_authorization)
        .ok_or(Code::InvalidSignature)?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = body_bytes(app, body).await?;
    let stamp = (authorization.timestamp, authorization.nonce.as_str());
    let message = request_message(parts.method.as_str(), &app.config.issuer, path, stamp, &body);
    let holder = authenticate(app, &authorization, &message).await?;
    let bucket = format!("device:{}:{}", authorization.token_id, authorization.device_id);
    enforce(app, &bucket, app.config.limits.device_requests_per_minute, 60).await?;
    Ok(DeviceRequest {
        holder,
        device_id: authorization.device_id,
        body,
    })
}

/// An unknown tokenId, an unknown device and a wrong signature are one answer, on one grid of time.
async fn authenticate(
    app: &App,
    authorization: &DeviceAuthorization,
    message: &[u8],
) -> Result<Arc<Versioned<Holder>>, Problem> {
    let now = app.now();
    let fresh = now.unix_seconds().abs_diff(authorization.timestamp) <= SKEW_SECONDS.unsigned_abs();
    let holder = app
        .durable
        .holder(&authorization.token_id)
        .await?
        .ok_or(Code::InvalidSignature)?;
    let device = holder
        .value
        .device(&authorization.device_id)
        .ok_or(Code::InvalidSignature)?;
    if !fresh || !verify_device(&device.key, message, &authorization.signature) {
        return Err(Code::InvalidSignature.into());
    }
    let ended = holder.value.revoked.is_some() || holder.value.superseded_by.is_some();
    if ended || device.standing(now) != DeviceStanding::Active {
        return Err(Code::DeviceNotActive.into());
    }
    let key = format!("{}:{}", authorization.device_id, sha256_hex(message));
    let until = Timestamp::from_unix_seconds(authorization.timestamp).plus_seconds(2 * SKEW_SECONDS + 1);
    let life = Lifetime { now, until };
    let first = app
        .ephemeral
        .put_new(Kind::DeviceRequest, &key, Vec::new(), life)
        .await?;
    if first {
        Ok(holder)
    } else {
        Err(Problem::new(Code::InvalidSignature).detail("the request was seen before"))
    }
}

/// A signed request with a JSON body.
#[derive(Debug)]
pub struct SignedJson<T> {
    /// Who signed it.
    pub request: DeviceRequest,
    /// What it says.
    pub value: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for SignedJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let request = DeviceRequest::from_request(request, app).await?;
        let value = if request.body.is_empty() {
            parse_json(b"{}")?
        } else {
            parse_json(&request.body)?
        };
        Ok(Self { request, value })
    }
}

#[cfg(test)]
mod tests {
    use idp_types::encoding::base64url;
    use proptest::prelude::*;

    use super::*;

    fn header() -> String {
        let signature = base64url(&[1; 64]);
        format!(r#"Device tokenId="t", deviceId="d", ts="1700000000", nonce="abcdefgh", sig="{signature}""#)
    }

    #[test]
    fn a_whole_header_is_read_and_a_doubled_member_refused() {
        assert!(parse_device_authorization(&header()).is_some());
        assert_eq!(
            parse_device_authorization(&format!(r#"{}, ts="2""#, header())),
            None
        );
        assert_eq!(parse_device_authorization("Bearer abc"), None);
        assert_eq!(
            parse_device_authorization(&header().replace("abcdefgh", "a|b")),
            None
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,300}") {
            let _ = parse_device_authorization(&text);
            let _ = parse_device_authorization(&format!("Device {text}"));
        }
    }
}
