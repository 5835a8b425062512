//! Hostile messages over HTTP (`saml.md` 4): each is refused with a status at the registered address or a page, each is recorded, and none
//! sends anybody to a place that is not registered.

use data_encoding::BASE64;
use saml::binding::Direction;
use saml::provider::ServiceProvider;
use saml::signature::SigningAlgorithm;
use tests::web::{encode, location};
use tests::{Answer, Web};

use super::fixture::{ACS, Key, Response, Scene, redirect};

const ROOT: &str = "urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest";

/// A provider that signs its requests.
async fn signing() -> Scene {
    Scene::start_with(|provider: &mut ServiceProvider| {
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        provider.authn_requests_signed = true;
    })
    .await
}

/// A page, recorded, that leads nowhere.
#[track_caller]
fn expect_page(answer: &Answer, what: &str) {
    let text = answer.text();
    assert!(
        answer.status.is_client_error(),
        "{what}: {} {text}",
        answer.status
    );
    assert_eq!(location(answer), "", "{what}");
    for place in ["evil.example", "SAMLResponse", "<form"] {
        assert!(!text.contains(place), "{what}: {text}");
    }
}

/// The eight wrappings: a forged request around, beside or above the signed one.
#[expect(clippy::too_many_lines, reason = "a table: one entry a case")]
fn wrappings(signed: &str) -> Vec<(String, String)> {
    let begins = signed.find("<samlp:AuthnRequest").unwrap();
    let signed = &signed[begins..];
    let from = signed.find("<ds:Signature").unwrap();
    let to = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    let signature = &signed[from..to];
    let original = format!("{}{}", &signed[..from], &signed[to..]);
    let evil = |id: &str, inside: &str| {
        let evil = original.replace(
            " Version=",
            " AssertionConsumerServiceURL=\"https://evil.example/acs\" Version=",
        );
        let own = super::fixture::between(&original, " ID=\"", "\"");
        evil.replace(own, id)
            .replace("</saml:Issuer>", &format!("</saml:Issuer>{inside}"))
    };
    let nested = |inner: &str| {
        signature.replace(
            "</ds:Signature>",
            &format!("<ds:Object>{inner}</ds:Object></ds:Signature>"),
        )
    };
    let extensions = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    let own = super::fixture::between(&original, " ID=\"", "\"");
    [
        ("the original in the signature", evil("_evil", &nested(&original))),
        (
            "signature and original as children",
            evil("_evil", &format!("{signature}{original}")),
        ),
        ("the signed one as a child", evil("_evil", signed.trim())),
        (
            "the signed one in extensions",
            evil("_evil", &extensions(signed.trim())),
        ),
        (
            "the same identifier",
            evil(own, &format!("{signature}{}", extensions(&original))),
        ),
        (
            "the same identifier in the signature",
            evil(own, &nested(&original)),
        ),
        (
            "the original in extensions",
            evil("_evil", &format!("{signature}{}", extensions(&original))),
        ),
        (
            "signatures in both",
            evil("_evil", &format!("{signature}{}", extensions(signed.trim()))),
        ),
    ]
    .into_iter()
    .map(|(name, xml)| (name.to_owned(), xml))
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrapped_stripped_and_foreign_signatures_are_refused() {
    let scene = signing().await;
    let request = scene.request("", "");
    let signed = scene.key.sign_xml(&request, ROOT);
    let mut hostile = wrappings(&signed);
    hostile.push(("no signature".to_owned(), request.clone()));
    hostile.push((
        "a stranger's key".to_owned(),
        Key::new().sign_xml(&scene.request("", ""), ROOT),
    ));
    hostile.push((
        "a changed message".to_owned(),
        signed.replace("AuthnRequest ", "AuthnRequest ForceAuthn=\"true\" "),
    ));
    let weak = signed.replace("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1");
    hostile.push(("SHA-1".to_owned(), weak));
    let keyed = signed.replace(
        "2001/04/xmldsig-more#rsa-sha256",
        "2001/04/xmldsig-more#hmac-sha256",
    );
    hostile.push(("HMAC".to_owned(), keyed));
    let count = hostile.len();
    for (what, xml) in &hostile {
        let answer = scene.post(&mut scene.web(), "/saml/sso", xml).await;
        expect_page(&answer, what);
    }
    assert_eq!(scene.refusals().await.len(), count);
    let honest = scene.post(&mut scene.web(), "/saml/sso", &signed).await;
    assert!(
        location(&honest).starts_with("/oidc/login/int_"),
        "{}",
        honest.text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_verified_as_it_came() {
    let scene = signing().await;
    let mut web = scene.web();
    let good = scene.signed_redirect("/saml/sso", &scene.request("", ""), Direction::Request);
    let other = scene.signed_redirect(
        "/saml/sso",
        &scene.request("ForceAuthn=\"true\"", ""),
        Direction::Request,
    );
    let signature = |path: &str| path.split_once("&Signature=").unwrap().1.to_owned();
    let lower = good
        .replace("%2B", "%2b")
        .replace("%3D", "%3d")
        .replace("%2F", "%2f");
    let cases = [
        (
            "another's signature",
            good.replace(&signature(&good), &signature(&other)),
        ),
        ("another spelling of what was signed", lower),
        (
            "RelayState that was not signed",
            good.replace("&SigAlg=", "&RelayState=x&SigAlg="),
        ),
        (
            "a weaker algorithm",
            good.replace("xmldsig-more%23rsa-sha256", "xmldsig%23rsa-sha1"),
        ),
        ("a parameter twice", format!("{good}&SAMLRequest=x")),
        ("a hidden parameter", format!("{good}&%53AMLRequest=x")),
        ("request and response", format!("{good}&SAMLResponse=x")),
        ("no signature", good.split("&SigAlg=").next().unwrap().to_owned()),
    ];
    let mut expected = 0;
    for (what, path) in cases {
        if path == good {
            continue;
        }
        expected += 1;
        expect_page(&web.open(&path).await, what);
    }
    assert_eq!(scene.refusals().await.len(), expected);
    assert!(location(&web.open(&good).await).starts_with("/oidc/login/int_"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_go_to_registered_addresses_alone() {
    let scene = Scene::start().await;
    let other = scene
        .further("https://other.example/saml", |provider| {
            provider.consumers[0].location = "https://other.example/acs".to_owned();
        })
        .await;
    let theirs = other.consumers[0].location.clone();
    let spellings = [
        "https://evil.example/acs",
        "https://sp.example/acs/",
        "https://sp.example/acs/more",
        "https://sp.example/ACS",
        "https://SP.example/acs",
        "https://sp.example./acs",
        "https://sp.example/acs#evil.example",
        "https://sp.example@evil.example/acs",
        "https://sp.example/acs?x=1",
        "http://sp.example/acs",
        "javascript:alert(1)",
        &theirs,
    ];
    let mut cases: Vec<String> = spellings
        .iter()
        .map(|location| format!("AssertionConsumerServiceURL=\"{location}\""))
        .collect();
    cases.push("AssertionConsumerServiceIndex=\"7\"".to_owned());
    cases.push(format!(
        "AssertionConsumerServiceIndex=\"0\" AssertionConsumerServiceURL=\"{ACS}\""
    ));
    let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact";
    cases.push(format!(
        "ProtocolBinding=\"{binding}\" AssertionConsumerServiceURL=\"{ACS}\""
    ));
    let mut web = scene.web();
    for attributes in &cases {
        let path = redirect("/saml/sso", &scene.request(attributes, ""), None);
        expect_page(&web.open(&path).await, attributes);
    }
    assert_eq!(scene.refusals().await.len(), cases.len());
    let exact = format!("AssertionConsumerServiceURL=\"{ACS}\"");
    let path = redirect("/saml/sso", &scene.request(&exact, ""), None);
    assert!(location(&web.open(&path).await).starts_with("/oidc/login/int_"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_place_and_version_are_told_to_the_provider() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    let now = scene.server.now();
    let request = || scene.request("", "");
    let at = |time: &str| {
        let xml = request();
        let stamp = super::fixture::between(&xml, "IssueInstant=\"", "\"").to_owned();
        xml.replace(&stamp, time)
    };
    let early = now.plus_seconds(3600).to_rfc3339();
    let late = now.minus_seconds(3600).to_rfc3339();
    let cases = [
        ("expired", at(&late), "RequestDenied"),
        ("future", at(&early), "RequestDenied"),
        (
            "another place",
            request().replace("/saml/sso\"", "/saml/slo\""),
            "RequestDenied",
        ),
        (
            "another provider",
            request().replace(&scene.server.issuer, "https://idp.example"),
            "RequestDenied",
        ),
    ];
    let count = cases.len();
    for (what, xml, code) in cases {
        let answer = Response::of(&web.open(&redirect("/saml/sso", &xml, None)).await);
        assert_eq!(answer.refusal(), code, "{what}");
    }
    assert_eq!(scene.refusals().await.len(), count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_answered_once() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    let request = scene.request("", "");
    let response = scene.login(&mut web, &request).await;
    assert!(response.xml.contains("<saml:Assertion"));
    for browser in [&mut web, &mut scene.web()] {
        let path = redirect("/saml/sso", &request, None);
        let again = Response::of(&browser.open(&path).await);
        assert_eq!(again.refusal(), "RequestDenied");
    }
    let silent = scene.request("IsPassive=\"true\"", "");
    let path = redirect("/saml/sso", &silent, None);
    assert!(
        Response::of(&web.open(&path).await)
            .xml
            .contains("<saml:Assertion")
    );
    assert_eq!(Response::of(&web.open(&path).await).refusal(), "RequestDenied");
    assert_eq!(scene.refusals().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_with_more_than_elements_are_refused() {
    let scene = Scene::start().await;
    let request = scene.request("", "");
    let declared = |declaration: &str| format!("<!DOCTYPE x [{declaration}]>{request}");
    let deep = format!(
        "{}{}",
        "<samlp:Extensions>".repeat(400),
        "</samlp:Extensions>".repeat(400)
    );
    let attribute = |n| format!(" a{n}=\"\"");
    let wide = (0..2000).map(attribute).collect::<String>();
    let entity = |n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10));
    let laughs = (1..10).map(entity).collect::<String>();
    let cases = [
        ("a document type", declared("")),
        (
            "an external entity",
            declared("<!ENTITY x SYSTEM \"file:///etc/passwd\">"),
        ),
        ("an expansion", declared(&format!("<!ENTITY l0 \"ha\">{laughs}"))),
        ("an instruction", format!("<?php echo 1?>{request}")),
        ("nesting", scene.request("", &deep)),
        ("attributes", scene.request(&wide, "")),
        (
            "a comment in the issuer",
            request.replace("</saml:Issuer>", "<!-- -->.evil.example</saml:Issuer>"),
        ),
        (
            "an identifier twice",
            request.replace(
                "</saml:Issuer>",
                "</saml:Issuer><samlp:Extensions><x ID=\"_x\"/><y ID=\"_x\"/></samlp:Extensions>",
            ),
        ),
        ("no XML", "SAML".to_owned()),
        ("nothing", String::new()),
        (
            "markup in the identifier",
            request.replace(" ID=\"_r", " ID=\"_r&lt;script&gt;"),
        ),
    ];
    let count = cases.len();
    for (what, xml) in cases {
        expect_page(&scene.post(&mut scene.web(), "/saml/sso", &xml).await, what);
    }
    let bomb = redirect("/saml/sso", &" ".repeat(10 * 1024 * 1024), None);
    assert!(bomb.len() < 16 * 1024, "ten mebibytes in a query");
    expect_page(&scene.web().open(&bomb).await, "a bomb");
    assert_eq!(scene.refusals().await.len(), count + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relay_state_is_text_and_nothing_else() {
    const MARKUP: &str = "\"><script>alert(1)</script><input value='https://evil.example/";
    let scene = Scene::start().await;
    let mut web = scene.web();
    let path = redirect("/saml/sso", &scene.request("", ""), Some(MARKUP));
    let answer = web.login(&path, &scene.phone).await;
    assert!(!answer.text().contains("<script>alert"), "{}", answer.text());
    assert!(!answer.header("content-security-policy").contains("unsafe-inline"));
    let response = Response::of(&answer);
    assert_eq!(response.relay_state.as_deref(), Some(MARKUP));
    assert_eq!(response.action, ACS);
    let long = "x".repeat(4096);
    let path = redirect("/saml/sso", &scene.request("", ""), None);
    let too_long = web.open(&format!("{path}&RelayState={long}")).await;
    expect_page(&too_long, "RelayState");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_gets_a_page() {
    let scene = Scene::start().await;
    let stranger = scene
        .request("AssertionConsumerServiceURL=\"https://evil.example/acs\"", "")
        .replace("https://sp.example/metadata", "https://evil.example/metadata");
    let path = redirect("/saml/sso", &stranger, None);
    expect_page(&scene.web().open(&path).await, "nobody knows it");
    let mut web: Web = scene.web();
    for value in ["%%%", "AAAA", &BASE64.encode(b"\xff\xfe")] {
        let parked = scene.post_value(&mut web, "/saml/sso", value).await;
        expect_page(&parked, value);
    }
    let elsewhere = scene.request("", "");
    let query = encode(&[("SAMLart", "AAQAAA"), ("RelayState", "x")]);
    expect_page(&web.open(&format!("/saml/sso?{query}")).await, "an artifact");
    let slo = redirect("/saml/slo", &elsewhere, None);
    expect_page(&web.open(&slo).await, "a login at the logout");
    assert_eq!(scene.refusals().await.len(), 6);
}
