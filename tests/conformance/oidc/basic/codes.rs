//! Codes, where they go, and what they are exchanged for (RFC 6749 4.1.2, 4.1.3, 3.1.2, 6; RFC 7636; OIDC Core 12).

use aws_lc_rs::digest;
use idp_types::encoding::base64url;
use serde_json::{Value, json};
use tests::{Call, Web, random};

use crate::client::{Client, Landing, Login, Stage, Tokens, refused};
use crate::suite::Module;

/// A code that comes a second time, after some seconds; whether it was accepted.
async fn reused(module: &Module, seconds: i64) -> (Stage, Login, Option<String>) {
    let mut stage = Stage::open(module).await;
    let request = stage.request();
    let (back, was_asked) = stage.answered(&request).await;
    let login = stage.redeem(&request, &back, was_asked).await;
    stage.userinfo(&login).await;
    stage.server.clock.advance(seconds);
    let pairs = request.redemption(back.code());
    let answer = stage.client.ask(&stage.server, &stage.provider, &pairs).await;
    let refusal = (!answer.status.is_success()).then(|| refused(&answer));
    (stage, login, refusal)
}

/// Whether userinfo still answers to a login's access token.
async fn is_live(stage: &Stage, login: &Login) -> bool {
    let call = Call::get(stage.provider.path("userinfo_endpoint")).bearer(login.tokens.access());
    let answer = stage.server.send(call).await;
    if !answer.status.is_success() {
        assert_eq!(answer.status.as_u16(), 401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("invalid_token"), "{challenge}");
    }
    answer.status.is_success()
}

/// At once, which a provider of several nodes may miss.
pub(super) async fn oidcc_codereuse(module: Module) {
    match Box::pin(reused(&module, 0)).await {
        (_, _, Some(error)) => assert_eq!(error, "invalid_grant"),
        (..) => module.warn("a code is accepted twice"),
    }
}

/// Half a minute later, which it may not.
pub(super) async fn oidcc_codereuse_30seconds(module: Module) {
    let (stage, login, refusal) = Box::pin(reused(&module, 30)).await;
    assert_eq!(refusal.as_deref(), Some("invalid_grant"));
    if is_live(&stage, &login).await {
        module.warn("the access token outlives the second use of its code");
    }
}

/// RFC 6749 3.1.2.4: nobody is redirected to an address that is not registered.
pub(super) async fn oidcc_ensure_registered_redirect_uri(module: Module) {
    let mut stage = Stage::open(&module).await;
    let own = stage.client.redirect_uri().to_owned();
    for foreign in [
        format!("{own}/{}", base64url(&random::<8>())),
        format!("{own}?more=1"),
        "https://elsewhere.example/callback".to_owned(),
    ] {
        let request = stage.request().with("redirect_uri", &foreign);
        match stage.land(&request).await {
            Landing::Page(page) => assert!(page.status.is_client_error(), "{foreign}: {}", page.text()),
            other => panic!("{foreign}: {other:?}"),
        }
    }
}

/// RFC 7636, of a client that need not use it.
pub(super) async fn oidcc_ensure_request_with_valid_pkce_succeeds(module: Module) {
    let mut stage = Stage::open(&module).await;
    assert!(
        stage
            .provider
            .advertises("code_challenge_methods_supported", "S256")
    );
    let verifier = base64url(&random::<32>());
    let challenge = base64url(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref());
    let request = stage
        .request()
        .with("code_challenge", challenge)
        .with("code_challenge_method", "S256");
    let (back, _) = stage.answered(&request).await;
    let mut pairs = request.redemption(back.code());
    pairs.push(("code_verifier", &verifier));
    let answer = stage.client.ask(&stage.server, &stage.provider, &pairs).await;
    let tokens = Tokens::of(&answer);
    stage.id_token(&tokens, request.value("nonce"));
}

/// A login with offline access, which a consent goes with (OIDC Core 11).
async fn offline(stage: &mut Stage) -> Login {
    let request = stage
        .request()
        .with("scope", "openid profile offline_access")
        .with("prompt", "consent");
    stage.login(&request).await
}

/// Refreshes; the new tokens, the ID token's claims compared with those of the login (OIDC Core 12.2).
async fn refreshed(stage: &Stage, login: &Login, refresh: &str) -> Login {
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let answer = stage.client.ask(&stage.server, &stage.provider, &pairs).await;
    let tokens = Tokens::of(&answer);
    let id_token = stage.id_token(&tokens, None);
    for name in ["iss", "sub", "aud", "azp", "auth_time"] {
        let claim = |claims: &Value| claims.get(name).cloned();
        assert_eq!(claim(&id_token.claims), claim(&login.id_token.claims), "{name}");
    }
    assert!(id_token.number("iat") > login.id_token.number("iat"));
    assert_ne!(tokens.access(), login.tokens.access());
    Login {
        tokens,
        id_token,
        was_asked: false,
    }
}

/// Refreshing, twice, and a refresh token in the hands of another client.
pub(super) async fn oidcc_refresh_token(module: Module) {
    let mut stage = Stage::open(&module).await;
    let login = offline(&mut stage).await;
    let Some(refresh) = login.tokens.refresh() else {
        assert!(
            !stage
                .provider
                .advertises("grant_types_supported", "refresh_token")
        );
        module.skip("no refresh token is given");
        return;
    };
    if !stage
        .provider
        .advertises("grant_types_supported", "refresh_token")
    {
        module.warn("grant_types_supported has no refresh_token");
    }
    stage.server.clock.advance(2);
    let second = refreshed(&stage, &login, refresh).await;
    stage.userinfo(&second).await;
    stage.server.clock.advance(2);
    let newest = second.tokens.refresh().unwrap_or(refresh);
    let third = refreshed(&stage, &login, newest).await;
    stage.userinfo(&third).await;

    let other = Client::register(&stage.server, json!({})).await;
    let first = std::mem::replace(&mut stage.client, other);
    stage.web = Web::new(&stage.server);
    let theirs = offline(&mut stage).await;
    let theirs = theirs.tokens.refresh().expect("a refresh token");
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", theirs)];
    let answer = first.ask(&stage.server, &stage.provider, &pairs).await;
    assert_eq!(refused(&answer), "invalid_grant");
}
