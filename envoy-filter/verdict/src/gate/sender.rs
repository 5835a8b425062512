//! Whether the sender is the one to whom the token is bound.

use idp_jose::base64::BASE64URL_NOPAD;

use super::Stop;
use crate::policy::Rule;
use crate::request::Request;
use crate::token::{Access, Confirmation, DpopFault, Presented, Proof, Scheme};
use crate::verdict::Reason;

/// RFC 9449 section 7.1 and RFC 8705 section 3: a bound token is of no use to others, and an unbound one does not become so by its scheme.
pub(super) fn check_sender(
    rule: &Rule,
    access: &Access,
    presented: &Presented<'_>,
    request: &Request<'_>,
) -> Result<(), Stop> {
    match &access.confirmation {
        Confirmation::Key(_) if presented.scheme == Scheme::Dpop => Ok(()),
        Confirmation::Key(_) => Err(Reason::Proof(DpopFault::Missing).into()),
        Confirmation::Certificate(digest) if is_certificate(digest, request.certificate) => Ok(()),
        Confirmation::Certificate(_) => Err(Reason::Certificate.into()),
        Confirmation::None if rule.sender_constrained || presented.scheme == Scheme::Dpop => {
            Err(Reason::Unbound.into())
        }
        Confirmation::None => Ok(()),
    }
}

fn is_certificate(digest: &str, shown: Option<&str>) -> bool {
    let shown = shown.and_then(from_hexadecimal);
    shown.is_some_and(|shown| shown.len() == 32 && BASE64URL_NOPAD.encode(&shown) == digest)
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |letter: &u8| char::from(*letter).to_digit(16);
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(high)? << 4 | digit(low)?).ok());
    bytes.collect::<Option<_>>().filter(|_| rest.is_empty())
}

pub(super) fn proof<'a>(
    request: &Request<'a>,
    presented: &Presented<'a>,
    thumbprint: &'a str,
    address: &'a str,
    now: i64,
) -> Result<Proof<'a>, Stop> {
    let mut proofs = request.values("dpop");
    let (Some(Ok(text)), None) = (proofs.next().map(std::str::from_utf8), proofs.next()) else {
        return Err(Reason::Proof(DpopFault::Missing).into());
    };
    Ok(Proof {
        text,
        method: request.method,
        address,
        token: presented.token,
        thumbprint,
        now,
    })
}
