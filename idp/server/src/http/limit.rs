//! Rate limits: one bucket a purpose and key, a clear answer with `Retry-After`.

use std::net::IpAddr;

use idp_store::ephemeral::{Limit, Rate};

use crate::app::App;
use crate::problem::{Code, Problem};

/// The network that counts as one caller: an IPv4 address, an IPv6 /64.
pub fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Counts one against a limit.
///
/// # Errors
/// 429 `rate_limited` with `Retry-After` when the limit is reached.
pub async fn enforce(app: &App, bucket: &str, count: u32, seconds: u32) -> Result<(), Problem> {
    match app
        .ephemeral
        .hit(bucket, Limit { count, seconds }, app.now())
        .await?
    {
        Rate::Allowed => Ok(()),
        Rate::RetryAfter(seconds) => Err(Problem::new(Code::RateLimited).retry_after(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_v6_network_is_one_caller() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
