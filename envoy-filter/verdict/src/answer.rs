//! How a refusal looks on the wire: RFC 6750, RFC 9470, RFC 9449, RFC 9728 challenges; a problem document (RFC 9457) or a gRPC status.

use crate::policy::{Answers, Lack, StepUp};
use crate::token::{DpopFault, Scheme};
use crate::verdict::{Reason, Refusal};

/// An answer to a request that does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for gRPC, where the status is all.
    pub body: String,
    /// The gRPC status code, where the caller speaks gRPC.
    pub grpc_status: Option<u8>,
}

/// Writes the answer. Nothing of the token is in it.
pub fn answer(refusal: &Refusal, answers: &Answers, grpc: bool) -> Answer {
    let status = status(&refusal.reason);
    let mut headers = vec![("cache-control", "no-store".to_owned())];
    if matches!(status, 400 | 401 | 403) && refusal.reason.is_about_tokens() {
        headers.push(("www-authenticate", challenge(refusal, answers)));
    }
    if status == 503 {
        headers.push(("retry-after", answers.retry_after.to_string()));
    }
    if !grpc {
        headers.push(("content-type", "application/problem+json".to_owned()));
    }
    Answer {
        status,
        headers,
        body: if grpc {
            String::new()
        } else {
            problem(status, refusal.reason.code())
        },
        grpc_status: grpc.then_some(grpc_status(status)),
    }
}

fn problem(status: u16, code: &str) -> String {
    let title = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        _ => "Service Unavailable",
    };
    let status = status.to_string();
    [
        r#"{"type":"about:blank","title":""#,
        title,
        r#"","status":"#,
        &status,
        r#","code":""#,
        code,
        r#""}"#,
    ]
    .concat()
}

const fn status(reason: &Reason) -> u16 {
    match reason {
        Reason::AmbiguousPath | Reason::UnclearToken => 400,
        Reason::NoRule | Reason::Lack(Lack::Scope(_) | Lack::ForbiddenScope(_) | Lack::Claim(_)) => 403,
        Reason::NoKeys | Reason::NoStatus | Reason::NoDenyList | Reason::Proof(DpopFault::Overloaded) => 503,
        _ => 401,
    }
}

/// The codes of google.rpc.Code for what HTTP says.
const fn grpc_status(status: u16) -> u8 {
    match status {
        400 => 3,
        401 => 16,
        403 => 7,
        _ => 14,
    }
}

impl Reason {
    const fn is_about_tokens(&self) -> bool {
        !matches!(self, Self::AmbiguousPath | Self::NoRule)
    }

    /// The `error` of the challenge; none where no token came (RFC 6750 section 3.1).
    const fn error(&self) -> Option<&'static str> {
        match self {
            Self::NoToken => None,
            Self::UnclearToken => Some("invalid_request"),
            Self::Lack(Lack::StepUp(_)) => Some("insufficient_user_authentication"),
            Self::Lack(_) => Some("insufficient_scope"),
            Self::Proof(_) => Some("invalid_dpop_proof"),
            _ => Some("invalid_token"),
        }
    }
}

fn challenge(refusal: &Refusal, answers: &Answers) -> String {
    let bound = matches!(refusal.reason, Reason::Proof(_)) || refusal.scheme == Scheme::Dpop;
    let mut text = String::with_capacity(256);
    text.push_str(if bound { "DPoP" } else { "Bearer" });
    let mut separator = " ";
    let mut parameter = |name: &str, value: &str| {
        for part in [separator, name, "=\""] {
            text.push_str(part);
        }
        text.extend(quotable(value));
        text.push('"');
        separator = ", ";
    };
    if let Some(realm) = &answers.realm {
        parameter("realm", realm);
    }
    if let Some(error) = refusal.reason.error() {
        parameter("error", error);
    }
    match &refusal.reason {
        Reason::Lack(Lack::Scope(scope)) => parameter("scope", scope),
        Reason::Lack(Lack::StepUp(StepUp::Context(values))) => parameter("acr_values", values),
        Reason::Lack(Lack::StepUp(StepUp::Recent(seconds))) => parameter("max_age", &seconds.to_string()),
        _ => {
            if let Some(scope) = refusal.scope.as_deref().filter(|scope| !scope.is_empty()) {
                parameter("scope", scope);
            }
        }
    }
    if let Some(address) = &answers.resource_metadata {
        parameter("resource_metadata", address);
    }
    if bound {
        parameter("algs", "ES256");
    }
    text
}

/// What stands between quotes comes from the configuration alone; what cannot stand there is left out.
fn quotable(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\'))
}
