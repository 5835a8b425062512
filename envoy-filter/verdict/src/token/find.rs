//! Finding the token of a request, and taking it out.

use crate::policy::{Forward, Source, Tokens};
use crate::request::Request;

/// How a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has it may use it (RFC 6750).
    Bearer,
    /// With a proof of possession (RFC 9449).
    Dpop,
}

/// A token and the place where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presented<'a> {
    /// The token.
    pub token: &'a str,
    /// How it was presented.
    pub scheme: Scheme,
    /// Where.
    pub source: &'a Source,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// No token.
    Nothing,
    /// One token.
    One(Presented<'a>),
    /// More than one, or something in the place of a token that is none: `invalid_request`.
    Unclear,
}

/// Looks in every place. RFC 6750 section 2: one method in each request.
pub(crate) fn find<'a>(tokens: &'a Tokens, request: &Request<'a>) -> Found<'a> {
    let mut found = Found::Nothing;
    for source in &tokens.sources {
        match (look(source, request), found) {
            (Found::Nothing, _) => {}
            (one, Found::Nothing) => found = one,
            _ => return Found::Unclear,
        }
    }
    found
}

fn look<'a>(source: &'a Source, request: &Request<'a>) -> Found<'a> {
    match source {
        Source::Authorization => authorization(source, request),
        Source::Header(name) => sole(
            source,
            request.values(name).map(|value| std::str::from_utf8(value).ok()),
        ),
        Source::Cookie(name) => sole(source, cookies(request, name)),
        Source::Query(name) => sole(source, parameters(request.target, name).map(Some)),
    }
}

/// A second header is refused even where the first has another scheme: servers differ on which one counts.
fn authorization<'a>(source: &'a Source, request: &Request<'a>) -> Found<'a> {
    let mut values = request.values("authorization");
    let Some(value) = values.next() else {
        return Found::Nothing;
    };
    let Ok(text) = std::str::from_utf8(value) else {
        return Found::Unclear;
    };
    if values.next().is_some() {
        return Found::Unclear;
    }
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::Dpop
    } else {
        return Found::Nothing;
    };
    let token = token.trim_start_matches(' ');
    Found::One(Presented {
        token,
        scheme,
        source,
    })
}

fn sole<'a>(source: &'a Source, mut values: impl Iterator<Item = Option<&'a str>>) -> Found<'a> {
    match (values.next(), values.next()) {
        (None, _) => Found::Nothing,
        (Some(Some(token)), None) => Found::One(Presented {
            token,
            scheme: Scheme::Bearer,
            source,
        }),
        _ => Found::Unclear,
    }
}

fn cookies<'a>(request: &Request<'a>, name: &str) -> impl Iterator<Item = Option<&'a str>> {
    request
        .values("cookie")
        .flat_map(|value| value.split(|byte| *byte == b';'))
        .map(<[u8]>::trim_ascii)
        .filter_map(move |pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .map(|value| std::str::from_utf8(value).ok())
}

fn parameters<'a>(target: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .filter_map(move |pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// A change to the request's headers; the path is `:path`.
pub(crate) fn changes(
    tokens: &Tokens,
    request: &Request<'_>,
    presented: &Presented<'_>,
) -> Vec<(String, Option<String>)> {
    if tokens.forward == Forward::Keep {
        return Vec::new();
    }
    let mut changes = vec![removal(request, presented.source)];
    if let Forward::Move(name) = &tokens.forward {
        changes.push((name.clone(), Some(presented.token.to_owned())));
    }
    // A proof is of no use to anybody behind.
    if presented.scheme == Scheme::Dpop {
        changes.push(("dpop".to_owned(), None));
    }
    changes
}

fn removal(request: &Request<'_>, source: &Source) -> (String, Option<String>) {
    match source {
        Source::Authorization => ("authorization".to_owned(), None),
        Source::Header(name) => (name.clone(), None),
        Source::Cookie(name) => ("cookie".to_owned(), other_cookies(request, name)),
        Source::Query(name) => (":path".to_owned(), Some(other_parameters(request.target, name))),
    }
}

fn other_cookies(request: &Request<'_>, name: &str) -> Option<String> {
    let others: Vec<&str> = request
        .values("cookie")
        .filter_map(|value| std::str::from_utf8(value).ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|pair| pair.split('=').next() != Some(name) && !pair.is_empty())
        .collect();
    (!others.is_empty()).then(|| others.join("; "))
}

fn other_parameters(target: &str, name: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let others: Vec<&str> = query
        .split('&')
        .filter(|pair| pair.split('=').next() != Some(name) && !pair.is_empty())
        .collect();
    if others.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", others.join("&"))
    }
}
