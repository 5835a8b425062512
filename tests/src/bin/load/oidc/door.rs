//! What visitors know of a server: where to knock, with what, and the requests.

use std::net::SocketAddr;

use ::tests::RelyingParty;
use ::tests::relying_party::VERIFIER;
use ::tests::web::encode;
use serde::Deserialize;

use crate::error::{Failure, Stage};
use crate::http::{Call, Connection};

/// Where both servers describe themselves (OIDC Discovery 4).
pub(super) const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A token response, the part that is used or looked for.
#[derive(Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the members of RFC 6749 5.1 as they are called"
)]
pub(super) struct Tokens {
    /// RFC 6749 5.1.
    pub(super) access_token: String,
    /// OIDC Core 3.1.3.3.
    pub(super) id_token: Option<String>,
    /// RFC 6749 1.5.
    pub(super) refresh_token: Option<String>,
}

/// What userinfo must say.
#[derive(Deserialize)]
struct Claims {
    sub: String,
}

/// The token endpoint, as one client uses it.
pub(super) struct TokenEndpoint {
    path: String,
    authorization: String,
    /// The form of a redemption, but for the code.
    redemption: String,
}

impl TokenEndpoint {
    /// At this path, for a client with `client_secret_basic`.
    pub(super) fn new(path: String, client: &RelyingParty) -> Self {
        Self {
            path,
            authorization: client.basic(),
            redemption: encode(&[
                ("grant_type", "authorization_code"),
                ("redirect_uri", &client.redirect_uri),
                ("code_verifier", VERIFIER),
            ]),
        }
    }

    async fn ask(&self, connection: &mut Connection, stage: Stage, form: String) -> Result<Tokens, Failure> {
        let call = Call::form(stage, &self.path, form).authorized(&self.authorization);
        connection.value(call).await
    }

    /// RFC 6749 4.4.
    ///
    /// # Errors
    /// A [`Failure`] with what the server said; as all of these.
    pub(super) async fn client_credentials(&self, connection: &mut Connection) -> Result<Tokens, Failure> {
        let form = "grant_type=client_credentials".to_owned();
        self.ask(connection, Stage::ClientCredentials, form).await
    }

    /// RFC 6749 4.1.3, for a code as the redirect encodes it.
    pub(super) async fn redeem(&self, connection: &mut Connection, code: &str) -> Result<Tokens, Failure> {
        let form = format!("{}&code={code}", self.redemption);
        self.ask(connection, Stage::Redeem, form).await
    }

    /// RFC 6749 6: the next refresh token.
    pub(super) async fn refresh(&self, connection: &mut Connection, token: &str) -> Result<String, Failure> {
        let form = encode(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
        let tokens = self.ask(connection, Stage::Refresh, form).await?;
        let next = tokens.refresh_token.filter(|next| next != token);
        next.ok_or_else(|| Failure::new(Stage::Refresh, "no other refresh token"))
    }
}

/// What all visitors of a server share.
pub(super) struct Door {
    /// The server's.
    pub(super) address: SocketAddr,
    /// Its token endpoint.
    pub(super) token: TokenEndpoint,
    /// The path of userinfo.
    pub(super) userinfo: String,
    /// The path of the keys.
    pub(super) keys: String,
    /// The target of a silent authorization request.
    pub(super) authorize: String,
    /// The `Authorization` of an access token of a real sign-in.
    pub(super) bearer: String,
    /// The `Cookie` of the browser that is signed in.
    pub(super) cookies: String,
}

impl Door {
    /// The discovery document.
    pub(super) async fn discovery(&self, connection: &mut Connection) -> Result<(), Failure> {
        let call = Call::read(Stage::Discovery, DISCOVERY);
        connection.send(call).await.map(drop)
    }

    /// The published keys.
    pub(super) async fn keys(&self, connection: &mut Connection) -> Result<(), Failure> {
        let call = Call::read(Stage::Keys, &self.keys);
        connection.send(call).await.map(drop)
    }

    /// OIDC Core 5.3.
    pub(super) async fn userinfo(&self, connection: &mut Connection) -> Result<(), Failure> {
        let call = Call::read(Stage::Userinfo, &self.userinfo).authorized(&self.bearer);
        let claims: Claims = connection.value(call).await?;
        if claims.sub.is_empty() {
            return Err(Failure::new(Stage::Userinfo, "nobody"));
        }
        Ok(())
    }

    /// OIDC Core 3.1: two requests, the browser's and the back end's, on one connection.
    pub(super) async fn code_flow(&self, connection: &mut Connection) -> Result<(), Failure> {
        let call = Call::read(Stage::Authorize, &self.authorize).with_cookie(&self.cookies);
        let back = connection.redirect(call).await?;
        let tokens = self.token.redeem(connection, code_of(&back)?).await?;
        match tokens.id_token {
            Some(_) => Ok(()),
            None => Err(Failure::new(Stage::Redeem, "no ID token")),
        }
    }
}

/// The code of an authorization response, still encoded.
///
/// # Errors
/// A [`Failure`] when it is another answer.
pub(super) fn code_of(back: &str) -> Result<&str, Failure> {
    let query = back.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&');
    let code = pairs.find_map(|pair| pair.strip_prefix("code="));
    code.ok_or_else(|| Failure::new(Stage::Authorize, "a redirect without a code"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_among_others() {
        let code = |back| code_of(back).ok();
        assert_eq!(
            code("https://rp.example/cb?iss=x&code=a%2Db&state=1"),
            Some("a%2Db")
        );
        assert_eq!(code("https://rp.example/cb?error=login_required"), None);
        assert_eq!(code("/oidc/login/int_1"), None);
    }
}
