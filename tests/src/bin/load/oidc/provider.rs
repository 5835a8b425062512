//! A server that is measured, and the sign-in that everything else follows from.

use std::net::SocketAddr;
use std::sync::Arc;

use ::tests::web::location;
use ::tests::{RelyingParty, Site, Web};
use idp_authenticator::approval::Code;
use idp_jose::Algorithm;
use idp_jose::jws;
use idp_types::{ServiceId, SessionId};
use serde::Deserialize;
use serde_json::Value;

use super::door::{DISCOVERY, Door, TokenEndpoint, Tokens, code_of};
use super::peer::Peer;
use super::scenario::Visitor;
use crate::benchmark::enrol;
use crate::error::{Failure, LoadError, Stage};
use crate::fixture::Fixture;
use crate::http::{Call, Connection, Route};
use crate::phone::{Phone, Question};
use crate::server::Server;

/// The longest chain of redirects to a code.
const REDIRECTS: usize = 8;

/// The largest token that is looked at.
const TOKEN_LIMIT: usize = 16 * 1024;

/// A running server.
pub(super) struct Provider {
    /// What the report calls it.
    pub(super) name: &'static str,
    /// Its version, as it or its package says it.
    pub(super) version: String,
    /// The process.
    pub(super) server: Server,
    address: SocketAddr,
    issuer: String,
    client: RelyingParty,
    asks: Asks,
}

/// What authorization requests say beside the usual.
#[derive(Clone, Copy)]
struct Asks {
    /// One that is measured.
    usual: &'static [(&'static str, &'static str)],
    /// One that gives a refresh token, too.
    offline: &'static [(&'static str, &'static str)],
}

/// The part of a discovery document that is used.
#[derive(Deserialize)]
struct Document {
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
}

impl Provider {
    /// The server of the fixture, with the browser that a phone signed in (profile 4 and 8).
    ///
    /// # Errors
    /// [`LoadError`] when something could not be made or failed.
    pub(super) async fn ours(fixture: &Fixture) -> Result<(Self, Web), LoadError> {
        let client = fixture.client()?;
        let seals = fixture.seals(1)?;
        let provider = Self {
            name: "idp",
            version: fixture.version()?,
            server: Server::start(fixture).await?,
            address: fixture.address(),
            issuer: fixture.issuer().as_str().to_owned(),
            client,
            asks: Asks {
                usual: &[("scope", "openid identity:name")],
                offline: &[("scope", "openid identity:name offline_access")],
            },
        };
        let phones = enrol(fixture, seals).await?;
        let phone = phones.first().ok_or(LoadError::Cryptography)?;
        let web = provider.approve(phone).await?;
        Ok((provider, web))
    }

    /// npm oidc-provider, with a browser that its first visit signs in.
    ///
    /// # Errors
    /// As [`Self::ours`].
    pub(super) async fn peer(fixture: &Fixture) -> Result<(Self, Web), LoadError> {
        let peer = Peer::start(fixture).await?;
        let issuer = format!("http://{}", peer.address);
        let web = Web::new(&Site::at(&issuer));
        let provider = Self {
            name: "oidc-provider",
            version: peer.version,
            server: peer.server,
            address: peer.address,
            issuer,
            client: peer.client,
            asks: Asks {
                usual: &[("scope", "openid profile")],
                // OIDC Core 11: there is no refresh token without a consent.
                offline: &[("scope", "openid profile offline_access"), ("prompt", "consent")],
            },
        };
        Ok((provider, web))
    }

    /// The login page, the phone, the way back.
    async fn approve(&self, phone: &Phone) -> Result<Web, Failure> {
        let mut web = Web::new(&Site::at(&self.issuer));
        let page = web.begin(&self.client.authorize(self.asks.offline)).await;
        let asked = web.start(&page, phone.identity().token_id.as_str()).await;
        let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
        let session_id = SessionId::parse(text("sessionId")).map_err(Failure::at(Stage::Initiate))?;
        let code = Code::parse(text("code")).map_err(Failure::at(Stage::Initiate))?;
        let service_id = ServiceId::parse(self.client.id.as_str()).map_err(Failure::at(Stage::Initiate))?;
        let approval = phone.approve(&Question {
            session_id: &session_id,
            service_id: &service_id,
            code: &code,
        })?;
        let call = Call::post(Stage::Verify, "/auth/verify", approval);
        self.connection().send(call).await?;
        let answer = web.submit(&format!("{page}/continue")).await;
        code_of(&location(&answer))?;
        Ok(web)
    }

    fn connection(&self) -> Connection {
        Connection::new(Route::of_user(0, self.address))
    }

    /// So many connections, each with a refresh token of its own.
    ///
    /// # Errors
    /// A [`Failure`] of the preparation, a token that is not signed with ES256 included.
    pub(super) async fn visitors(&self, mut web: Web, count: usize) -> Result<Vec<Visitor>, Failure> {
        let document: Document = self
            .connection()
            .value(Call::read(Stage::Discovery, DISCOVERY))
            .await?;
        let authorize = self.path(&document.authorization_endpoint)?;
        let token = TokenEndpoint::new(self.path(&document.token_endpoint)?, &self.client);
        let (mut refresh_tokens, mut bearer) = (Vec::with_capacity(count), String::new());
        for _ in 0..count {
            let offline = format!("{authorize}?{}", self.client.request(self.asks.offline));
            let tokens = self.sign_in(&mut web, offline, &token).await?;
            check_algorithm(tokens.id_token.as_deref())?;
            bearer = format!("Bearer {}", tokens.access_token);
            let refresh_token = tokens.refresh_token;
            refresh_tokens
                .push(refresh_token.ok_or_else(|| Failure::new(Stage::Redeem, "no refresh token"))?);
        }
        let own = token.client_credentials(&mut self.connection()).await?;
        check_algorithm(Some(&own.access_token))?;
        let door = Arc::new(Door {
            address: self.address,
            token,
            userinfo: self.path(&document.userinfo_endpoint)?,
            keys: self.path(&document.jwks_uri)?,
            authorize: format!("{authorize}?{}", self.client.request(self.asks.usual)),
            bearer,
            cookies: web.cookies(),
        });
        let numbered = refresh_tokens.into_iter().enumerate();
        Ok(numbered
            .map(|(number, token)| Visitor::new(&door, number, token))
            .collect())
    }

    fn path(&self, address: &str) -> Result<String, Failure> {
        let path = address.strip_prefix(&self.issuer).map(str::to_owned);
        path.ok_or_else(|| Failure::new(Stage::Discovery, "an endpoint at another place"))
    }

    /// Tokens of a code flow, whatever redirects are on the way.
    async fn sign_in(&self, web: &mut Web, begin: String, token: &TokenEndpoint) -> Result<Tokens, Failure> {
        let mut next = begin;
        for _ in 0..REDIRECTS {
            let back = location(&web.open(&next).await);
            if back.starts_with(&self.client.redirect_uri) {
                return token.redeem(&mut self.connection(), code_of(&back)?).await;
            }
            next = back.strip_prefix(&self.issuer).unwrap_or(&back).to_owned();
        }
        Err(Failure::new(Stage::Authorize, "no code"))
    }
}

/// Both servers sign as the comparison has it.
fn check_algorithm(token: Option<&str>) -> Result<(), Failure> {
    let parsed = token.and_then(|token| jws::parse(token, TOKEN_LIMIT).ok());
    let is_right = parsed.is_some_and(|token| token.header().alg == Algorithm::Es256);
    is_right
        .then_some(())
        .ok_or_else(|| Failure::new(Stage::Token, "it is not signed with ES256"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_algorithm_is_no_comparison() {
        let token = |header: &str| format!("{header}.e30.c2ln");
        let es256 = token("eyJhbGciOiJFUzI1NiJ9");
        assert!(check_algorithm(Some(&es256)).is_ok());
        for other in [Some("opaque"), Some(&*token("eyJhbGciOiJSUzI1NiJ9")), None] {
            assert!(check_algorithm(other).is_err(), "{other:?}");
        }
    }
}
