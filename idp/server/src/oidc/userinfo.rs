//! `/oidc/userinfo`, GET and POST (OIDC Core 5.3): what the person released, for whoever shows the access token.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use idp_types::ClientId;
use oidc::grant::Confirmation;
use oidc::token::{Challenge, Demand, Presenter, Scheme, is_held};
use oidc::{Client, ErrorCode, OAuthError};
use serde_json::{Map, Value};

use super::failure::OidcFailure;
use super::tokens::{is_revoked, open_record, place_of, sign, verified};
use super::{certificate, clients, dpop, form, issuer};
use crate::app::App;
use crate::http::AppState;
use crate::problem::{Code, Problem};

/// The algorithms of DPoP proofs, for challenges.
const ALGORITHMS: &str = "ES256 EdDSA PS256 RS256";

const INVALID: OAuthError = OAuthError::new(
    ErrorCode::InvalidToken,
    "the access token is unknown, expired or revoked",
);

/// The route of userinfo.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/oidc/userinfo", get(userinfo).post(userinfo))
}

/// Why there is no answer.
enum Refused {
    /// There is no access token at all (RFC 6750 3.1: no error then).
    Missing,
    /// The protocol refuses.
    OAuth(OAuthError, Scheme, Option<u32>),
    /// The server cannot.
    Failure(OidcFailure),
}

impl<E: Into<OidcFailure>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failure(error.into())
    }
}

/// What userinfo needs to know of a token.
struct Token {
    client_id: ClientId,
    has_openid: bool,
    confirmation: Option<Confirmation>,
    auth_time: Option<i64>,
    place: (u32, u32),
    /// The answer, JSON.
    userinfo: Vec<u8>,
}

async fn userinfo(
    State(app): AppState,
    OriginalUri(uri): OriginalUri,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let request = Request {
        uri: &uri,
        method: &parts.method,
        headers: &parts.headers,
    };
    let mut response = match answer(&app, &request, body).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    };
    if dpop::has_proof(&parts.headers) {
        dpop::with_nonce(&app, &mut response);
    }
    response
}

/// What of a request is looked at.
struct Request<'a> {
    uri: &'a Uri,
    method: &'a Method,
    headers: &'a HeaderMap,
}

async fn answer(app: &App, request: &Request<'_>, body: Body) -> Result<Response, Refused> {
    let (scheme, text) = presented(app, request, body).await?;
    let refuse = |error| Refused::OAuth(error, scheme, None);
    let token = token(app, &text).await?.ok_or(refuse(INVALID))?;
    if is_revoked(app, token.place).await? {
        return Err(refuse(INVALID));
    }
    check_binding(app, request, (scheme, &text), &token).await?;
    let client = clients::load(app, &token.client_id)
        .await?
        .ok_or(refuse(INVALID))?;
    if !token.has_openid {
        let error = OAuthError::new(
            ErrorCode::InsufficientScope,
            "the access token lacks the scope openid",
        );
        return Err(refuse(error));
    }
    let client = &client.value;
    let demand = Demand {
        acr_values: &[],
        max_age: client.default_max_age,
    };
    demand
        .check(None, token.auth_time, app.now())
        .map_err(|error| Refused::OAuth(error, scheme, client.default_max_age))?;
    Ok(render(app, client, token.userinfo).await?)
}

/// RFC 6750 2, RFC 9449 7.1: in the header, or in the form body of a POST; one way at a time, and never in the query.
async fn presented(app: &App, request: &Request<'_>, body: Body) -> Result<(Scheme, String), Refused> {
    let mut fields = request.headers.get_all(header::AUTHORIZATION).into_iter();
    let field = fields.next();
    let twice = Refused::OAuth(
        OAuthError::invalid_request("the access token stands twice"),
        Scheme::Bearer,
        None,
    );
    if fields.next().is_some() {
        return Err(twice);
    }
    let in_body = if *request.method == Method::POST && form::is_form(request.headers) {
        let parameters = form::read(app, request.headers, body).await?;
        parameters.text("access_token").map(str::to_owned)
    } else {
        None
    };
    let in_header = field.and_then(|value| value.to_str().ok()).and_then(credentials);
    match (in_header, in_body) {
        (Some(_), Some(_)) => Err(twice),
        (Some(found), None) => Ok(found),
        (None, Some(token)) => Ok((Scheme::Bearer, token)),
        (None, None) => Err(Refused::Missing),
    }
}

/// Schemes are compared without regard to case (RFC 9110 11.1).
fn credentials(value: &str) -> Option<(Scheme, String)> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let scheme = match scheme {
        scheme if scheme.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
        scheme if scheme.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
        _ => return None,
    };
    (!token.is_empty()).then(|| (scheme, token.to_owned()))
}

/// A token of ours that is for userinfo: by its record, or, when that is gone, by its signature; then it tells `sub` alone.
async fn token(app: &App, text: &str) -> Result<Option<Token>, Problem> {
    if let Some((record, userinfo)) = open_record(app, text).await? {
        let is_live = app.now() < record.expires_at;
        return Ok(is_live.then_some(Token {
            client_id: record.client_id,
            has_openid: record.has_openid,
            confirmation: record.confirmation,
            auth_time: Some(record.auth_time),
            place: (record.list, record.index),
            userinfo,
        }));
    }
    let Some(token) = verified(app, text) else {
        return Ok(None);
    };
    let is_for_us = token.aud.names().iter().any(|name| issuer::is_ours(app, name));
    let Some(place) = place_of(app, &token).filter(|_| is_for_us) else {
        return Ok(None);
    };
    let confirmation = token.cnf.and_then(|cnf| {
        let jkt = cnf.jkt.map(Confirmation::Jkt);
        jkt.or(cnf.x5t_s256.map(Confirmation::X5tS256))
    });
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), Value::from(token.sub));
    Ok(Some(Token {
        client_id: token.client_id,
        has_openid: token.scope.split(' ').any(|scope| scope == "openid"),
        confirmation,
        auth_time: token.auth_time,
        place,
        userinfo: serde_json::to_vec(&claims).map_err(|_| Problem::new(Code::Internal))?,
    }))
}

/// RFC 9449 7.1, RFC 8705 3: a bound token is worth nothing without its key, and a bearer token is not made more by a proof.
async fn check_binding(
    app: &App,
    request: &Request<'_>,
    (scheme, text): (Scheme, &str),
    token: &Token,
) -> Result<(), Refused> {
    let jkt = match scheme {
        Scheme::Bearer => None,
        Scheme::Dpop => {
            let asked = dpop::Asked {
                method: request.method.as_str(),
                uri: &issuer::address_of(app, request.uri),
                access_token: Some(text),
                client: None,
            };
            match dpop::prove(app, request.headers, &asked).await {
                Ok(Some(jkt)) => Some(jkt),
                Ok(None) => {
                    let error = OAuthError::new(ErrorCode::InvalidDpopProof, "the DPoP proof is missing");
                    return Err(Refused::OAuth(error, scheme, None));
                }
                Err(OidcFailure::OAuth(error)) => return Err(Refused::OAuth(error, scheme, None)),
                Err(failure) => return Err(failure.into()),
            }
        }
    };
    let certificate = certificate::presented(app, request.headers);
    let presenter = Presenter {
        jkt: jkt.as_deref(),
        certificate: certificate
            .as_ref()
            .map(|certificate| certificate.thumbprint.as_str()),
    };
    let is_dpop = matches!(token.confirmation, Some(Confirmation::Jkt(_)));
    if is_held(token.confirmation.as_ref(), presenter) && is_dpop == (scheme == Scheme::Dpop) {
        Ok(())
    } else {
        let error = OAuthError::new(
            ErrorCode::InvalidToken,
            "the access token is bound to another key",
        );
        Err(Refused::OAuth(error, scheme, None))
    }
}

/// OIDC Core 5.3.2: JSON, or a JWT where the client registered an algorithm.
async fn render(app: &App, client: &Client, userinfo: Vec<u8>) -> Result<Response, OidcFailure> {
    let (media_type, body) = match client.userinfo_signed_response_alg {
        None => ("application/json", userinfo),
        Some(algorithm) => {
            let parsed = serde_json::from_slice::<Map<String, Value>>(&userinfo);
            let mut claims = parsed.map_err(|_| Problem::new(Code::Internal))?;
            claims.insert("iss".to_owned(), Value::from(issuer::of(app, client)));
            claims.insert("aud".to_owned(), Value::from(client.client_id.as_str()));
            claims.insert("iat".to_owned(), Value::from(app.now().unix_seconds()));
            let signed = sign(app, algorithm, "JWT", &claims).await?;
            ("application/jwt", signed.into_bytes())
        }
    };
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (error, scheme, max_age) = match self {
            Self::Failure(failure) => return failure.into_response(),
            Self::Missing => (None, Scheme::Bearer, None),
            Self::OAuth(error, scheme, max_age) => (Some(error), scheme, max_age),
        };
        let challenge = Challenge {
            scheme,
            error,
            demand: Demand {
                acr_values: &[],
                max_age,
            },
            algorithms: ALGORITHMS,
        };
        let status = error.map_or(401, |error| match error.code {
            // RFC 9449 7.1: a resource refuses proofs with 401.
            ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce => 401,
            code => code.status(),
        });
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED);
        let body = error.map_or_else(
            || b"{}".to_vec(),
            |error| serde_json::to_vec(&error).unwrap_or_default(),
        );
        let headers = [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        let mut response = (status, headers, body).into_response();
        if let Ok(value) = HeaderValue::from_str(&challenge.to_value()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}
