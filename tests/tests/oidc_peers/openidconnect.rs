//! The openidconnect crate 4, set up as its documentation says. Its transport is the tests' own, which stands where a proxy ends TLS: the
//! library revokes over https alone.

use std::convert::Infallible;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
    CoreDeviceAuthorizationResponse, CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreRevocableToken,
    CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalProviderMetadata, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, DeviceAuthorizationUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IntrospectionUrl, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    ProviderMetadata, RedirectUrl, RevocationUrl, Scope, TokenIntrospectionResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tests::web::{encode, location, parameters};
use tests::{Call, Site, Web};

use super::configuration;
use crate::idp::run;
use crate::phone_cli::Demo;

/// What the library's metadata has no member for.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Endpoints {
    #[serde(rename = "introspection_endpoint")]
    introspection: IntrospectionUrl,
    #[serde(rename = "revocation_endpoint")]
    revocation: String,
    #[serde(rename = "device_authorization_endpoint")]
    device: DeviceAuthorizationUrl,
}

impl AdditionalProviderMetadata for Endpoints {}

type Metadata = ProviderMetadata<
    Endpoints,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

const SCOPES: [&str; 4] = [
    "profile",
    "offline_access",
    "identity:name",
    "identity:age_over_18",
];

/// Carries a request of the library.
async fn carry(site: Site, request: HttpRequest) -> Result<HttpResponse, Infallible> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let headers = request.headers().iter();
    let call = headers.fold(
        Call::new(request.method().clone(), path),
        |call, (name, value)| call.header(name.as_str(), value.to_str().unwrap()),
    );
    let answer = site.send(call.raw(request.body().clone())).await;
    let mut response = HttpResponse::new(answer.body.to_vec());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

async fn discover(site: &Site) -> Metadata {
    let issuer = IssuerUrl::new(site.issuer.clone()).unwrap();
    let http = |request| carry(site.clone(), request);
    Metadata::discover_async(issuer, &http).await.unwrap()
}

/// Registers a client by command.
fn register(demo: &Demo, id: &str, more: &Value) -> (ClientId, ClientSecret) {
    let members = tests::client_key::merged(
        json!({
            "client_name": "Shop",
            "redirect_uris": ["https://shop.example/callback"],
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            "scope": "openid profile offline_access identity:name identity:age_over_18",
        }),
        more.clone(),
    );
    let file = demo.directory.path().join(format!("{id}.json"));
    std::fs::write(&file, members.to_string()).unwrap();
    let (file, config) = (
        file.display().to_string(),
        configuration(demo).display().to_string(),
    );
    let done = run(&[
        "client",
        "add",
        id,
        "--file",
        &file,
        "--config",
        &config,
        "--operator",
        "ann",
        "--json",
    ]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let made: Value = serde_json::from_slice(&done.stdout).unwrap();
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    (ClientId::new(id.to_owned()), ClientSecret::new(secret))
}

/// The login page to its end, with the phone: where the browser is sent to; empty for a page.
async fn approve(demo: &Demo, web: &mut Web, page: &str) -> String {
    assert!(page.starts_with("/oidc/login/int_"), "{page}");
    let asked = web.start(page, demo.fact("tokenId")).await;
    let text = |name: &str| asked[name].as_str().unwrap().to_owned();
    demo.phone(&[
        "approve",
        "--session",
        &text("sessionId"),
        "--code",
        &text("code"),
    ]);
    location(&web.submit(&format!("{page}/continue")).await)
}

/// A path of the provider.
fn path(site: &Site, address: &str) -> String {
    address.strip_prefix(&site.issuer).unwrap_or(address).to_owned()
}

/// What every ID token of the person says, and that the access token beside it is its own (OIDC Core 3.1.3.8).
fn check<'a>(
    (id_token, access_token): (&'a CoreIdToken, &AccessToken),
    verifier: &CoreIdTokenVerifier<'_>,
    (nonce, algorithm): (Option<&Nonce>, &CoreJwsSigningAlgorithm),
) -> &'a CoreIdTokenClaims {
    let expected = |said: Option<&Nonce>| {
        let is_same = said.map(Nonce::secret) == nonce.map(Nonce::secret);
        is_same.then_some(()).ok_or("another nonce".to_owned())
    };
    let claims = id_token.claims(verifier, expected).unwrap();
    assert_eq!(id_token.signing_alg().unwrap(), algorithm);
    let hash = AccessTokenHash::from_token(access_token, algorithm, id_token.signing_key(verifier).unwrap());
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));
    claims
}

/// A confidential client of the code flow that introspects and revokes.
type Shop =
    CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

async fn shop(demo: &Demo, members: &Value) -> Shop {
    let metadata = discover(&demo.site).await;
    let endpoints = metadata.additional_metadata().clone();
    let revocation = endpoints.revocation.replacen("http:", "https:", 1);
    let (id, secret) = register(demo, "openidconnect", members);
    CoreClient::from_provider_metadata(metadata, id, Some(secret))
        .set_redirect_uri(RedirectUrl::new("https://shop.example/callback".to_owned()).unwrap())
        .set_introspection_url(endpoints.introspection)
        .set_revocation_url(RevocationUrl::new(revocation).unwrap())
}

/// A login with a proof key; its tokens and its nonce.
async fn log_in(demo: &Demo, client: &Shop) -> (CoreTokenResponse, Nonce) {
    let site = &demo.site;
    let http = |request| carry(site.clone(), request);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (address, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let mut web = Web::new(site);
    let page = location(&web.open(&path(site, address.as_str())).await);
    let answered = parameters(&approve(demo, &mut web, &page).await);
    assert_eq!(&answered["state"], state.secret());
    let exchange = client.exchange_code(AuthorizationCode::new(answered["code"].clone()));
    let exchange = exchange.unwrap().set_pkce_verifier(verifier);
    (exchange.request_async(&http).await.unwrap(), nonce)
}

async fn code_flow(algorithm: CoreJwsSigningAlgorithm, members: Value) {
    let demo = Demo::start();
    let http = |request| carry(demo.site.clone(), request);
    let client = shop(&demo, &members).await;
    let (first, nonce) = log_in(&demo, &client).await;
    let keys = client.id_token_verifier();
    let id_token = (first.id_token().unwrap(), first.access_token());
    let claims = check(id_token, &keys, (Some(&nonce), &algorithm));
    let subject = claims.subject().clone();
    assert_eq!(subject.as_str(), demo.fact("tokenId"));

    let asked = client.user_info(first.access_token().clone(), Some(subject.clone()));
    let userinfo: CoreUserInfoClaims = asked.unwrap().request_async(&http).await.unwrap();
    let name = userinfo.given_name().and_then(|name| name.get(None));
    assert_eq!(name.map(|name| name.as_str()), Some("Jean"));

    let refresh = client.exchange_refresh_token(first.refresh_token().unwrap());
    let second = refresh.unwrap().request_async(&http).await.unwrap();
    let id_token = (second.id_token().unwrap(), second.access_token());
    assert_eq!(check(id_token, &keys, (None, &algorithm)).subject(), &subject);

    for active in [true, false] {
        let told = client.introspect(second.access_token()).request_async(&http);
        assert_eq!(told.await.unwrap().active(), active);
        let token = CoreRevocableToken::from(second.refresh_token().unwrap());
        let revoked = client.revoke_token(token).unwrap().request_async(&http);
        revoked.await.unwrap();
    }
}

/// A client that asks for the algorithm that OIDC Core 15.1 has for all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openidconnect_rs256() {
    let members = json!({"id_token_signed_response_alg": "RS256"});
    code_flow(CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, members).await;
}

/// A client that an operator says nothing of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openidconnect_es256() {
    code_flow(CoreJwsSigningAlgorithm::EcdsaP256Sha256, json!({})).await;
}

/// RFC 8628.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openidconnect_device_flow() {
    let demo = Demo::start();
    let site = &demo.site;
    let http = |request| carry(site.clone(), request);
    let metadata = discover(site).await;
    let device = metadata.additional_metadata().device.clone();
    let (id, secret) = register(&demo, "openidconnect-device", &json!({}));
    let client =
        CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_device_authorization_url(device);
    let details: CoreDeviceAuthorizationResponse = client
        .exchange_device_code()
        .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
        .request_async(&http)
        .await
        .unwrap();

    let mut web = Web::new(site);
    web.open(&path(site, details.verification_uri().as_str()))
        .await
        .expect(200);
    let typed = Call::new(http::Method::POST, "/oidc/device")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .raw(encode(&[("user_code", details.user_code().secret())]));
    let page = location(&web.send(typed).await);
    assert_eq!(
        approve(&demo, &mut web, &page).await,
        "",
        "a page of ours is the end"
    );

    let tokens = client
        .exchange_device_access_token(&details)
        .unwrap()
        .request_async(&http, tokio::time::sleep, None)
        .await
        .unwrap();
    let id_token = (tokens.id_token().unwrap(), tokens.access_token());
    let algorithm = CoreJwsSigningAlgorithm::EcdsaP256Sha256;
    let keys = client.id_token_verifier();
    let claims = check(id_token, &keys, (None, &algorithm));
    assert_eq!(claims.subject().as_str(), demo.fact("tokenId"));
}
