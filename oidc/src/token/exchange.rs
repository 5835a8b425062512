//! Token exchange (RFC 8693), for less and never for more: scope, audience, time and key binding of the result lie within those of the
//! token that is exchanged.

use idp_types::Timestamp;
use serde_json::{Map, Value};

use super::binding::{Presenter, confirmation};
use crate::claims::{AccessToken, Audience};
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::Confirmation;
use crate::parameters::Parameters;
use crate::scope::RequestedScope;

/// RFC 8693 3.
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Actors behind one another: deeper chains are refused.
const ACTORS: usize = 4;

/// A request that is shaped as RFC 8693 2.1 asks.
#[derive(Debug, Clone)]
pub struct ExchangeRequest<'a> {
    /// The token to exchange.
    pub subject_token: &'a str,
    /// The scope that is wanted.
    pub scope: Option<&'a str>,
    /// For whom the result is to be.
    pub targets: Vec<&'a str>,
}

impl<'a> ExchangeRequest<'a> {
    /// Reads a request: access tokens against access tokens, without an actor token.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn read(parameters: &'a Parameters) -> Result<Self, OAuthError> {
        let is_known = |name| parameters.text(name).is_none_or(|kind| kind == ACCESS_TOKEN_TYPE);
        let subject_token = parameters.required("subject_token", "subject_token is missing")?;
        parameters.required("subject_token_type", "subject_token_type is missing")?;
        if !is_known("subject_token_type") || !is_known("requested_token_type") {
            return Err(OAuthError::invalid_request("only access tokens are exchanged"));
        }
        if parameters.has("actor_token") || parameters.has("actor_token_type") {
            return Err(OAuthError::invalid_request("actor tokens are not supported"));
        }
        let targets = parameters.all("resource").chain(parameters.all("audience"));
        Ok(Self {
            subject_token,
            scope: parameters.text("scope"),
            targets: targets.collect(),
        })
    }
}

/// What an exchange gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// The scope.
    pub scope: RequestedScope,
    /// For whom.
    pub audience: Audience,
    /// When it expires at the latest.
    pub expires_at: Timestamp,
    /// Who acts for the subject.
    pub actor: Option<Value>,
    /// To which key it is bound.
    pub confirmation: Option<Confirmation>,
}

/// RFC 8693 2.1, 2.2.2 and 4.1, in our narrow reading. `subject` is a verified access token of ours.
///
/// # Errors
/// `invalid_request`, `invalid_scope` or `invalid_target`.
pub fn exchange(
    client: &Client,
    presenter: Presenter<'_>,
    request: &ExchangeRequest<'_>,
    subject: &AccessToken,
) -> Result<Exchanged, OAuthError> {
    check_party(client, subject)?;
    let confirmation = bound(client, presenter, subject)?;
    Ok(Exchanged {
        scope: scope(request, subject)?,
        audience: target(request, subject)?,
        expires_at: Timestamp::from_unix_seconds(subject.exp),
        actor: actor(client, subject)?,
        confirmation,
    })
}

/// Only the token's own client and those that it is for have business with it.
fn check_party(client: &Client, subject: &AccessToken) -> Result<(), OAuthError> {
    let is_for = |name: &String| client.resources.contains(name) || name == client.client_id.as_str();
    if subject.client_id == client.client_id || subject.aud.names().iter().any(is_for) {
        Ok(())
    } else {
        Err(OAuthError::invalid_request(
            "the subject_token is neither of nor for this client",
        ))
    }
}

/// A bound token yields a bound token; its own client shows the same key again.
fn bound(
    client: &Client,
    presenter: Presenter<'_>,
    subject: &AccessToken,
) -> Result<Option<Confirmation>, OAuthError> {
    let next = confirmation(client, presenter)?;
    let Some(cnf) = &subject.cnf else {
        return Ok(next);
    };
    let is_same = match &next {
        Some(Confirmation::Jkt(jkt)) => cnf.jkt.as_ref() == Some(jkt),
        Some(Confirmation::X5tS256(thumbprint)) => cnf.x5t_s256.as_ref() == Some(thumbprint),
        None => false,
    };
    let is_own = subject.client_id == client.client_id;
    if next.is_none() || (is_own && !is_same) {
        return Err(OAuthError::invalid_request(
            "the subject_token is bound to a key, and the request does not prove one",
        ));
    }
    Ok(next)
}

fn scope(request: &ExchangeRequest<'_>, subject: &AccessToken) -> Result<RequestedScope, OAuthError> {
    let own: Vec<String> = subject.scope.split(' ').map(str::to_owned).collect();
    let granted = RequestedScope::parse(&subject.scope, &own)?;
    let scope = super::refresh::narrowed(&granted, request.scope)?;
    // A refresh token never comes of an exchange.
    Ok(scope.without(|token| token == "offline_access"))
}

fn target(request: &ExchangeRequest<'_>, subject: &AccessToken) -> Result<Audience, OAuthError> {
    if request.targets.is_empty() {
        return Ok(subject.aud.clone());
    }
    let is_within = |target: &&str| subject.aud.names().iter().any(|name| name == target);
    if request.targets.iter().all(is_within) {
        let names: Vec<String> = request.targets.iter().map(|name| (*name).to_owned()).collect();
        Ok(Audience::from(names))
    } else {
        Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "the target is not among the subject_token's audiences",
        ))
    }
}

/// RFC 8693 4.1: the client that acts now, and those before it.
fn actor(client: &Client, subject: &AccessToken) -> Result<Option<Value>, OAuthError> {
    if subject.client_id == client.client_id {
        return Ok(subject.act.clone());
    }
    if depth(subject.act.as_ref()) >= ACTORS {
        return Err(OAuthError::invalid_request(
            "too many actors stand behind the subject_token",
        ));
    }
    let mut actor = Map::new();
    actor.insert("sub".to_owned(), Value::from(client.client_id.as_str()));
    if let Some(before) = &subject.act {
        actor.insert("act".to_owned(), before.clone());
    }
    Ok(Some(Value::Object(actor)))
}

fn depth(actor: Option<&Value>) -> usize {
    std::iter::successors(actor, |actor| actor.get("act")).count()
}
