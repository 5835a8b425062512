//! Where a module plays: a server, a client, a person with a browser and a phone.

use http::Method;
use serde_json::{Value, json};
use tests::web::location;
use tests::{Answer, Call, Invented, Phone, TestServer, Web};

use super::callback::Callback;
use super::id_token::{Expected, IdToken};
use super::provider::{Provider, media_type};
use super::registration::Client;
use super::request::Request;
use super::tokens::Tokens;
use crate::suite::{Module, Variant};

/// The most redirects within the provider.
const REDIRECTS: usize = 5;

/// Where a request leads the browser, before anybody does anything.
#[derive(Debug)]
pub(crate) enum Landing {
    /// To the login page, at this path.
    Login(String),
    /// Back to the client.
    Back(Callback),
    /// To a page that redirects nobody.
    Page(Answer),
}

/// A whole login.
#[derive(Debug)]
pub(crate) struct Login {
    /// What the token endpoint gave.
    pub(crate) tokens: Tokens,
    /// Its ID token, checked.
    pub(crate) id_token: IdToken,
    /// Whether the person was asked.
    pub(crate) was_asked: bool,
}

/// A server of the module's own, and everybody who uses it.
pub(crate) struct Stage {
    /// The server.
    pub(crate) server: TestServer,
    /// What it publishes.
    pub(crate) provider: Provider,
    /// The client.
    pub(crate) client: Client,
    /// The person's phone.
    pub(crate) phone: Phone,
    /// The person's browser.
    pub(crate) web: Web,
    variant: Variant,
}

impl Stage {
    /// With the client that certification uses.
    pub(crate) async fn open(module: &Module) -> Self {
        Self::open_with(module, json!({})).await
    }

    /// With some members of the client changed; null removes.
    pub(crate) async fn open_with(module: &Module, changes: Value) -> Self {
        let server = module.server().await;
        let client = Client::register(&server, changes).await;
        Self::set(module, server, client).await
    }

    /// With this server and this client.
    pub(crate) async fn set(module: &Module, server: TestServer, client: Client) -> Self {
        let provider = Provider::discover(&server).await;
        let phone = Phone::enrol(&server, &server.issue(Invented::jean())).await;
        Self {
            provider,
            client,
            phone,
            web: Web::new(&server),
            variant: module.variant,
            server,
        }
    }

    /// The usual request of the client.
    pub(crate) fn request(&self) -> Request {
        Request::new(&self.client, self.variant)
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.server.now().unix_seconds()
    }

    /// The person's tokenId.
    pub(crate) fn token_id(&self) -> &str {
        self.phone.wallet.identity().token_id.as_str()
    }

    /// Opens a request in the browser.
    pub(crate) async fn land(&mut self, request: &Request) -> Landing {
        self.land_for(request, request).await
    }

    /// Opens a request whose response has to be that of another one, which is inside it (RFC 9101).
    pub(crate) async fn land_for(&mut self, sent: &Request, meant: &Request) -> Landing {
        let path = self.provider.path("authorization_endpoint");
        let path = format!("{path}?{}", sent.encoded());
        let answer = self.web.open(&path).await;
        self.follow(meant, answer).await
    }

    /// Posts a request from another site (OIDC Core 3.1.2.1).
    pub(crate) async fn land_by_post(&mut self, request: &Request) -> Landing {
        let call = Call::new(Method::POST, self.provider.path("authorization_endpoint"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .raw(request.encoded());
        let answer = self.server.send(call).await;
        self.follow(request, answer).await
    }

    async fn follow(&mut self, request: &Request, mut answer: Answer) -> Landing {
        for _ in 0..REDIRECTS {
            if let Some(back) = Callback::of(&answer, request) {
                back.check(request, &self.provider);
                return Landing::Back(back);
            }
            if !answer.status.is_redirection() {
                return Landing::Page(answer);
            }
            let place = location(&answer);
            let path = place.strip_prefix(&self.provider.issuer).unwrap_or(&place);
            if path.starts_with("/oidc/login/") {
                return Landing::Login(path.to_owned());
            }
            answer = self.web.open(path).await;
        }
        panic!("the provider redirects for ever")
    }

    /// The person logs in on the login page: the response that follows.
    pub(crate) async fn log_in(&mut self, request: &Request, page: &str) -> Callback {
        let shown = self.web.send(Call::get(page)).await;
        shown.expect(200);
        assert_eq!(media_type(&shown), "text/html");
        let token_id = self.token_id().to_owned();
        let told = self.web.start(page, &token_id).await;
        let asked = self.phone.only().await;
        let approved = if told["mode"] == "compare" {
            self.phone.approve(&asked).await
        } else {
            let code = told["code"].as_str().unwrap_or_default();
            self.phone.approve_with(&asked, code).await
        };
        approved.expect(200);
        let answer = self.web.submit(&format!("{page}/continue")).await;
        let back = Callback::of(&answer, request);
        let back = back.unwrap_or_else(|| panic!("no response: {} {}", answer.status, answer.text()));
        back.check(request, &self.provider);
        back
    }

    /// The response to a request, and whether the person was asked for it.
    pub(crate) async fn answered(&mut self, request: &Request) -> (Callback, bool) {
        let landing = self.land(request).await;
        self.finish(request, landing).await
    }

    /// The same from where a request led.
    pub(crate) async fn finish(&mut self, request: &Request, landing: Landing) -> (Callback, bool) {
        match landing {
            Landing::Login(page) => (self.log_in(request, &page).await, true),
            Landing::Back(back) => (back, false),
            Landing::Page(answer) => panic!("no response: {} {}", answer.status, answer.text()),
        }
    }

    /// The error of a response that comes without asking anybody.
    pub(crate) async fn error(&mut self, request: &Request) -> String {
        match self.land(request).await {
            Landing::Back(back) => back.error().to_owned(),
            other => panic!("no error: {other:?}"),
        }
    }

    /// A whole login: request, response, tokens.
    pub(crate) async fn login(&mut self, request: &Request) -> Login {
        let (back, was_asked) = self.answered(request).await;
        self.redeem(request, &back, was_asked).await
    }

    /// The tokens for a response.
    pub(crate) async fn redeem(&self, request: &Request, back: &Callback, was_asked: bool) -> Login {
        let pairs = request.redemption(back.code());
        let answer = self.client.ask(&self.server, &self.provider, &pairs).await;
        let tokens = Tokens::of(&answer);
        Login {
            id_token: self.id_token(&tokens, request.value("nonce")),
            tokens,
            was_asked,
        }
    }

    /// The ID token of an answer, checked.
    pub(crate) fn id_token(&self, tokens: &Tokens, nonce: Option<&str>) -> IdToken {
        let expected = Expected {
            client_id: &self.client.id,
            algorithm: self.client.algorithm,
            nonce,
            access_token: Some(tokens.access()),
            now: self.now(),
        };
        self.provider.id_token(tokens.id(), &expected)
    }

    /// The claims of userinfo for a login (OIDC Core 5.3.2).
    pub(crate) async fn userinfo(&self, login: &Login) -> Value {
        let call = Call::get(self.provider.path("userinfo_endpoint"));
        let answer = self.server.send(call.bearer(login.tokens.access())).await;
        Self::claims(login, &answer)
    }

    /// Checks an answer of userinfo.
    pub(crate) fn claims(login: &Login, answer: &Answer) -> Value {
        let claims = answer.expect(200);
        assert_eq!(media_type(answer), "application/json");
        assert_eq!(claims["sub"], login.id_token.claims["sub"], "{claims}");
        super::check_types(&claims);
        claims
    }
}
