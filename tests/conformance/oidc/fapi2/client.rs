//! A server with two clients of the profile and a person with a phone; what the clients send, with what a module changes of it.

use idp_jose::jws::Header;
use serde_json::{Map, Value, json};
use tests::client_key::{ath, merged};
use tests::relying_party::VERIFIER;
use tests::web::{encode, parameters};
use tests::{Answer, Call, ClientKey, Invented, Phone, RelyingParty, TestServer, Web, fresh};

use super::check::{self, Parameters};
use super::with::{Jwt, With};
use crate::client::Provider;
use crate::suite::{Module, Variant};

/// RFC 7523 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The token endpoint's method and path.
pub(super) const TOKEN: (&str, &str) = ("POST", "/oidc/token");
/// The endpoint for pushed requests.
pub(super) const PAR: (&str, &str) = ("POST", "/oidc/par");
/// The protected resource.
pub(super) const RESOURCE: (&str, &str) = ("GET", "/oidc/userinfo");

/// A client with its keys.
pub(super) struct Party {
    pub(super) registered: RelyingParty,
    /// What it authenticates and signs requests with.
    pub(super) key: ClientKey,
    /// What its tokens are bound to.
    pub(super) dpop: ClientKey,
}

impl Party {
    async fn register(server: &TestServer, key: ClientKey, members: &Value) -> Self {
        let id = fresh("fapi");
        let redirect_uri = format!("https://{id}.example/callback");
        let usual = json!({
            "client_id": id,
            "client_name": "Bank of Examples",
            "preset": "fapi2",
            "service": {
                "url": format!("https://{id}.example"), "matchingMode": "compare", "allowedScopes": ["identity:full_with_photo"],
            },
            "redirect_uris": [redirect_uri],
            "jwks": key.jwks(),
        });
        let body = merged(usual, members.clone());
        server
            .administer(Call::post("/admin/clients", &body))
            .await
            .expect(201);
        Self {
            registered: RelyingParty {
                id,
                secret: None,
                redirect_uri,
            },
            key,
            dpop: ClientKey::generate(),
        }
    }

    /// Its `client_id`.
    pub(super) fn id(&self) -> &str {
        &self.registered.id
    }
}

/// What a module plays with.
pub(super) struct Scene {
    pub(super) server: TestServer,
    pub(super) provider: Provider,
    pub(super) phone: Phone,
    pub(super) first: Party,
    pub(super) second: Party,
    /// Message Signing.
    pub(super) is_signed: bool,
}

impl Scene {
    /// The usual one.
    pub(super) async fn open(module: &Module) -> Self {
        Self::open_with(module, (ClientKey::generate(), json!({})), Invented::jean()).await
    }

    /// With another key and other members of the first client, and another person.
    pub(super) async fn open_with(
        module: &Module,
        (key, members): (ClientKey, Value),
        person: Invented,
    ) -> Self {
        let is_signed = module.variant == Variant::MessageSigning;
        let signing = json!({"require_signed_request_object": is_signed});
        let server = module.server().await;
        let provider = Provider::discover(&server).await;
        for (endpoint, (_, path)) in [
            ("token_endpoint", TOKEN),
            ("pushed_authorization_request_endpoint", PAR),
            ("userinfo_endpoint", RESOURCE),
        ] {
            assert_eq!(provider.path(endpoint), path);
        }
        let phone = Phone::enrol(&server, &server.issue(person)).await;
        Self {
            first: Party::register(&server, key, &merged(members, signing.clone())).await,
            second: Party::register(&server, ClientKey::generate(), &signing).await,
            phone,
            provider,
            server,
            is_signed,
        }
    }

    /// Pushes an authorization request (RFC 9126 2.1).
    pub(super) async fn push(&self, party: &Party, with: With<'_>) -> Answer {
        let asked = self.asked(party, &with);
        let claims = match &with.proof {
            Jwt::Usual => Jwt::Missing,
            other => other.clone(),
        };
        self.send(party, (PAR, claims), (&asked, &with.assertion)).await
    }

    /// The parameters of an authorization request, in a request object where the plan has them.
    fn asked(&self, party: &Party, with: &With<'_>) -> Vec<(String, String)> {
        let mode = if self.is_signed { "jwt" } else { "" };
        let changes: Vec<(&str, &str)> = [("scope", "openid profile"), ("response_mode", mode)]
            .into_iter()
            .filter(|(name, _)| !with.parameters.iter().any(|(other, _)| other == name))
            .chain(with.parameters.iter().copied())
            .collect();
        let plain = parameters(&format!("?{}", party.registered.request(&changes)));
        let object = match &with.object {
            Jwt::Usual if self.is_signed => self.object(party, plain, json!({})),
            Jwt::Claims(claims) => self.object(party, plain, claims.clone()),
            Jwt::Text(text) => text.clone(),
            Jwt::Usual | Jwt::Missing => return plain.into_iter().collect(),
        };
        let pairs = [("client_id", party.id()), ("request", &object)];
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    /// A request object (RFC 9101 4) of these parameters; the claims stand beside or instead, null removes.
    fn object(&self, party: &Party, plain: Parameters, more: Value) -> String {
        let plain: Map<String, Value> = plain
            .into_iter()
            .map(|(name, value)| (name, json!(value)))
            .collect();
        let usual = self.object_claims(party, Value::Object(plain));
        party.key.sign(&object_header(&party.key), &merged(usual, more))
    }

    /// Signs a request object with these members and the usual claims about itself.
    pub(super) fn sign_object(&self, party: &Party, members: Value) -> String {
        let claims = self.object_claims(party, members);
        party.key.sign(&object_header(&party.key), &claims)
    }

    /// The claims of a request object.
    pub(super) fn object_claims(&self, party: &Party, members: Value) -> Value {
        ClientKey::request_claims(&self.server, party.id(), members)
    }

    /// Sends a form with assertion and proof; once more where the server wants its nonce in the proof (RFC 9449 8).
    async fn send(
        &self,
        party: &Party,
        (place, proof): ((&str, &str), Jwt),
        (asked, assertion): (&[(String, String)], &Jwt),
    ) -> Answer {
        let attempt = |proof: &Jwt| {
            self.server
                .send(self.call(party, (place, proof), (asked, assertion)))
        };
        let answer = attempt(&proof).await;
        let wants_nonce = answer.json()["error"] == "use_dpop_nonce";
        match proof {
            Jwt::Claims(claims) if wants_nonce => {
                let nonce = json!({"nonce": answer.header("dpop-nonce")});
                attempt(&Jwt::Claims(merged(claims, nonce))).await
            }
            _ => answer,
        }
    }

    fn call(
        &self,
        party: &Party,
        ((method, path), proof): ((&str, &str), &Jwt),
        (asked, assertion): (&[(String, String)], &Jwt),
    ) -> Call {
        let mut pairs: Vec<(&str, &str)> = asked
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let assertion = match assertion {
            Jwt::Usual => Some(party.key.assertion(&self.server, party.id(), json!({}))),
            Jwt::Claims(claims) => Some(party.key.assertion(&self.server, party.id(), claims.clone())),
            Jwt::Text(text) => Some(text.clone()),
            Jwt::Missing => None,
        };
        if let Some(assertion) = &assertion {
            pairs.push(("client_assertion_type", ASSERTION_TYPE));
            pairs.push(("client_assertion", assertion));
        }
        let method = method.parse().expect("a method");
        let call = Call::new(method, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .raw(encode(&pairs));
        let proof = match proof {
            Jwt::Usual => Some(party.dpop.proof(&self.server, ("POST", path), json!({}))),
            Jwt::Claims(claims) => Some(party.dpop.proof(&self.server, ("POST", path), claims.clone())),
            Jwt::Text(text) => Some(text.clone()),
            Jwt::Missing => None,
        };
        match proof {
            Some(proof) => call.header("dpop", &proof),
            None => call,
        }
    }

    /// Pushes by another method.
    pub(super) async fn push_by(&self, method: &str, party: &Party) -> Answer {
        let asked = self.asked(party, &With::default());
        let place = (method, PAR.1);
        self.send(party, (place, Jwt::Missing), (&asked, &Jwt::Usual))
            .await
    }

    /// Pushes with parameters beside a request object, too.
    pub(super) async fn push_beside(&self, party: &Party, beside: &[(&str, &str)]) -> Answer {
        let mut asked = self.asked(party, &With::default());
        asked.extend(
            beside
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        self.send(party, (PAR, Jwt::Missing), (&asked, &Jwt::Usual)).await
    }

    /// Pushes a request that is accepted: its `request_uri`.
    pub(super) async fn pushed(&self, party: &Party, with: With<'_>) -> String {
        check::pushed(&self.push(party, with).await).0
    }

    /// Opens an authorization request, logs in, and goes back to the client: the answer's parameters.
    pub(super) async fn log_in(&self, party: &Party, uri: &str, beside: &[(&str, &str)]) -> Parameters {
        let mut web = Web::new(&self.server);
        let answer = web.login(&by_reference(party, uri, beside), &self.phone).await;
        check::callback(self, party, &answer).await
    }

    /// A whole authorization that succeeds: the code.
    pub(super) async fn code(&self, party: &Party, with: With<'_>) -> String {
        let state = state_of(with.parameters).map(str::to_owned);
        let uri = self.pushed(party, with).await;
        let answered = self.log_in(party, &uri, &[]).await;
        check::code(&answered, state.as_deref())
    }

    /// Asks the token endpoint for the grant of these parameters.
    pub(super) async fn token(&self, party: &Party, with: With<'_>) -> Answer {
        let asked: Vec<(String, String)> = with
            .parameters
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let proof = match with.proof {
            Jwt::Usual => Jwt::Claims(json!({})),
            other => other,
        };
        self.send(party, (TOKEN, proof), (&asked, &with.assertion)).await
    }

    /// Redeems a code; parameters stand beside or instead.
    pub(super) async fn redeem(&self, party: &Party, code: &str, with: With<'_>) -> Answer {
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", party.registered.redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let is_changed = |name: &str| with.parameters.iter().any(|(other, _)| *other == name);
        let pairs: Vec<(&str, &str)> = usual
            .into_iter()
            .filter(|(name, _)| !is_changed(name))
            .chain(with.parameters.iter().copied())
            .collect();
        let with = With {
            parameters: &pairs,
            ..with
        };
        self.token(party, with).await
    }

    /// Asks the protected resource with the token's own key.
    pub(super) async fn resource(&self, party: &Party, access_token: &str, more: Value) -> Answer {
        let claims = merged(json!({"ath": ath(access_token)}), more);
        let proof = party.dpop.proof(&self.server, RESOURCE, claims);
        self.resource_with(&format!("DPoP {access_token}"), &[&proof])
            .await
    }

    /// Asks the protected resource with these headers.
    pub(super) async fn resource_with(&self, authorization: &str, proofs: &[&str]) -> Answer {
        let call = Call::get(RESOURCE.1).header("authorization", authorization);
        let call = proofs.iter().fold(call, |call, proof| call.header("dpop", proof));
        self.server.send(call).await
    }
}

/// The header of a request object (RFC 9101 10.8).
pub(super) fn object_header(key: &ClientKey) -> Header {
    Header::new(key.algorithm()).with_typ("oauth-authz-req+jwt")
}

/// The address of a pushed request (RFC 9126 4), with parameters beside it.
pub(super) fn by_reference(party: &Party, uri: &str, beside: &[(&str, &str)]) -> String {
    let pairs: Vec<(&str, &str)> = [("client_id", party.id()), ("request_uri", uri)]
        .into_iter()
        .chain(beside.iter().copied())
        .collect();
    format!("/oidc/authorize?{}", encode(&pairs))
}

/// The `state` of a request with these changes.
fn state_of<'a>(changes: &[(&'a str, &'a str)]) -> Option<&'a str> {
    let own = changes.iter().find(|(name, _)| *name == "state");
    own.map_or(Some("af0ifjsldkj"), |(_, value)| Some(*value))
        .filter(|state| !state.is_empty())
}

/// A member of an answer that is a text.
#[track_caller]
pub(super) fn text(answer: &Value, name: &str) -> String {
    let value = answer[name].as_str();
    value
        .unwrap_or_else(|| panic!("{name} is missing in {answer}"))
        .to_owned()
}
