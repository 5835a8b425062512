//! How an answer travels: OAuth Multiple Response Types, Form Post, JARM.

use tests::web::{location, parameters, payload};
use tests::{Invented, Phone, RelyingParty, TestServer, Web, token};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_response_mode_carries_the_code() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let jean = server.issue(Invented::jean());
    let phone = Phone::enrol(&server, &jean).await;
    let mut web = Web::new(&server);
    web.login(&party.authorize(&[]), &phone).await;

    let mut open = async |mode: &str| web.open(&party.authorize(&[("response_mode", mode)])).await;
    let back = location(&open("fragment").await);
    assert!(
        back.starts_with(&format!("{}#code=", party.redirect_uri)),
        "{back}"
    );

    let page = open("form_post").await;
    assert_eq!(page.status.as_u16(), 200);
    assert_eq!(location(&page), "");
    let text = page.text();
    for part in [
        party.redirect_uri.as_str(),
        "name=\"code\"",
        "name=\"iss\"",
        "af0ifjsldkj",
        "method=\"post\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(page.header("cache-control"), "no-store");

    for (mode, separator) in [("jwt", '?'), ("query.jwt", '?'), ("fragment.jwt", '#')] {
        let back = location(&open(mode).await);
        assert!(
            back.starts_with(&format!("{}{separator}response=", party.redirect_uri)),
            "{back}"
        );
        let answered = parameters(&back);
        assert_eq!(answered.len(), 1, "everything is inside");
        let verified = token::verify(&server, &answered["response"], "JWT").await;
        assert_eq!(verified.claim("iss"), server.issuer.as_str());
        assert_eq!(verified.claim("aud"), party.id.as_str());
        assert_eq!(verified.claim("state"), "af0ifjsldkj");
        assert!(verified.claim("code").is_string());
        let now = server.now().unix_seconds();
        let ends = verified.claim("exp").as_i64().unwrap();
        assert!(
            (now + 1..=now + 600).contains(&ends),
            "JARM 2.1: ten minutes at the most"
        );
    }
    assert!(open("form_post.jwt").await.text().contains("name=\"response\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_travel_the_same_way() {
    let server = TestServer::start().await;
    let party = RelyingParty::register(&server).await;
    let mut web = Web::new(&server);
    let path = party.authorize(&[("response_mode", "query.jwt"), ("prompt", "none")]);
    let answered = parameters(&location(&web.open(&path).await));
    let claims = payload(&answered["response"]);
    assert_eq!(claims["error"], "login_required");
    let path = party.authorize(&[("response_mode", "form_post"), ("prompt", "none")]);
    assert!(web.open(&path).await.text().contains("login_required"));
}
