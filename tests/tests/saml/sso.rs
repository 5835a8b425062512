//! Single sign-on (Profiles 4.1; profile 1.6 and 9): what a service provider gets, and what it does not.

use data_encoding::BASE64;
use saml::binding::{Artifact, Binding};
use saml::provider::{ContextRule, EncryptWhen, EncryptionKey, Strength};
use saml::signature::SigningAlgorithm;
use saml::{EntityId, NameIdFormat};
use tests::web::{location, parameters};
use tests::{Call, Web};

use super::fixture::{ACS, Response, Scene, consumer, metadata, redirect, xmlsec_verifies};

const TRANSIENT: &str =
    "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:transient\"/>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_answers_with_what_was_granted_and_the_session_answers_the_next_request() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    let request = scene.request("", "");
    let response = scene.login(&mut web, &request).await;
    assert_eq!(response.action, ACS);
    assert_eq!(response.relay_state.as_deref(), Some("here & there"), "untouched");
    assert_eq!(response.told("givenName"), Some("Jean"));
    assert_eq!(response.told("ageOver18"), Some("true"));
    assert!(response.told("tokenId").is_none(), "nobody asked");
    let own = format!("{}/saml/metadata", scene.server.issuer);
    assert_eq!(response.text("saml:Issuer"), own);
    assert_eq!(response.text("saml:Audience"), scene.provider.entity_id.as_str());
    assert_eq!(
        response.attribute("saml:SubjectConfirmationData", "Recipient"),
        ACS
    );
    let asked = super::fixture::between(&request, " ID=\"", "\"");
    assert_eq!(response.attribute("samlp:Response", "InResponseTo"), asked);
    assert_eq!(
        response.attribute("saml:SubjectConfirmationData", "InResponseTo"),
        asked
    );
    let name = response.text("saml:NameID").to_owned();
    let index = response
        .attribute("saml:AuthnStatement", "SessionIndex")
        .to_owned();

    let (text, certificates) = metadata(&scene.server).await;
    assert!(
        xmlsec_verifies(&text, "EntityDescriptor", &certificates[0]),
        "{text}"
    );
    for root in ["Response", "Assertion"] {
        assert!(xmlsec_verifies(&response.xml, root, &certificates[1]), "{root}");
    }
    let changed = response.xml.replace("Jean", "Joan");
    assert!(!xmlsec_verifies(&changed, "Assertion", &certificates[1]));

    let again = redirect("/saml/sso", &scene.request("", ""), None);
    let silent = Response::of(&web.open(&again).await);
    assert_eq!(silent.text("saml:NameID"), name);
    assert_eq!(silent.attribute("saml:AuthnStatement", "SessionIndex"), index);
    assert_eq!(silent.told("givenName"), Some("Jean"));
    assert_eq!(silent.relay_state, None);

    let forced = redirect("/saml/sso", &scene.request("ForceAuthn=\"true\"", ""), None);
    let page = web.begin(&forced).await;
    let proven = Response::of(&scene.approve(&mut web, &page).await);
    assert_eq!(proven.text("saml:NameID"), name, "the same person");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_has_another_name_at_each_provider_and_providers_share_a_session_only_with_consent() {
    let scene = Scene::start().await;
    let other = scene.further("https://other.example/saml", |_| ()).await;
    let mut web = scene.web();
    let first = scene.login(&mut web, &scene.request("", "")).await;
    let passive = redirect(
        "/saml/sso",
        &scene.request_of(&other, "IsPassive=\"true\"", ""),
        None,
    );
    let refused = Response::of(&web.open(&passive).await);
    assert_eq!(refused.refusal(), "NoPassive", "a cookie is not a consent");
    let second = scene.login(&mut web, &scene.request_of(&other, "", "")).await;
    assert_ne!(first.text("saml:NameID"), second.text("saml:NameID"));
    assert_ne!(first.told("pairwise-id"), second.told("pairwise-id"));
    let index = |response: &Response| {
        response
            .attribute("saml:AuthnStatement", "SessionIndex")
            .to_owned()
    };
    assert_ne!(index(&first), index(&second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_person_denies_is_not_told() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    let page = web
        .begin(&redirect("/saml/sso", &scene.request("", ""), None))
        .await;
    web.start(&page, scene.phone.wallet.identity().token_id.as_str())
        .await;
    let request = scene.phone.only().await;
    scene
        .phone
        .approve_except(&request, &["identity:family_name"])
        .await
        .expect(200);
    let response = Response::of(&web.submit(&format!("{page}/continue")).await);
    assert_eq!(response.told("givenName"), Some("Jean"));
    assert_eq!(response.told("familyName"), None);
    let twice = Response::of(&web.submit(&format!("{page}/continue")).await);
    assert_eq!(twice.xml, response.xml, "who presses twice gets the same answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_declines_is_told_as_a_failed_authentication() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    let page = web
        .begin(&redirect("/saml/sso", &scene.request("", ""), None))
        .await;
    let answer = web.submit(&format!("{page}/cancel")).await;
    assert_eq!(Response::of(&answer).refusal(), "AuthnFailed");
    assert_eq!(scene.refusals().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_of_the_kind_that_was_asked_for() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    let one = scene.login(&mut web, &scene.request("", TRANSIENT)).await;
    let format = one.attribute("saml:NameID", "Format");
    assert_eq!(format, NameIdFormat::Transient.uri());
    let two = scene.login(&mut scene.web(), &scene.request("", TRANSIENT)).await;
    assert_ne!(one.text("saml:NameID"), two.text("saml:NameID"));
    let email = "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\"/>";
    let unlinked = scene.login(&mut scene.web(), &scene.request("", email)).await;
    assert_eq!(
        unlinked.refusal(),
        "InvalidNameIDPolicy",
        "nobody linked an address"
    );
    let strange =
        "<samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName\"/>";
    let path = redirect("/saml/sso", &scene.request("", strange), None);
    assert_eq!(
        Response::of(&web.open(&path).await).refusal(),
        "InvalidNameIDPolicy"
    );
    let persistent = "<samlp:NameIDPolicy AllowCreate=\"false\" \
        Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"/>";
    let known = scene
        .login(&mut scene.web(), &scene.request("", persistent))
        .await;
    assert!(
        !known.text("saml:NameID").is_empty(),
        "the provider takes part in a session of this person"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identifier_is_not_made_where_it_must_not_be() {
    let scene = Scene::start().await;
    let policy = "<samlp:NameIDPolicy AllowCreate=\"false\"/>";
    let refused = scene.login(&mut scene.web(), &scene.request("", policy)).await;
    assert_eq!(refused.refusal(), "InvalidNameIDPolicy");
}

fn context(comparison: &str, class: &str) -> String {
    format!(
        "<samlp:RequestedAuthnContext Comparison=\"{comparison}\">\
         <saml:AuthnContextClassRef>{class}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contexts_are_stated_as_the_operator_maps_them_or_refused() {
    const MFA: &str = "https://refeds.org/profile/mfa";
    let scene = Scene::start_with(|provider| {
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        provider.policy.contexts = vec![ContextRule {
            class: MFA.to_owned(),
            requires: Strength {
                level: idp_types::assurance::TrustLevel::Low,
                face: false,
                aal: idp_types::assurance::Aal::One,
            },
        }];
    })
    .await;
    let mut web = scene.web();
    let response = scene
        .login(&mut web, &scene.request("", &context("exact", MFA)))
        .await;
    assert_eq!(response.text("saml:AuthnContextClassRef"), MFA);
    let password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    let least = redirect(
        "/saml/sso",
        &scene.request("", &context("minimum", password)),
        None,
    );
    let least = Response::of(&web.open(&least).await);
    assert!(
        least.text("saml:AuthnContextClassRef").contains("acr"),
        "{}",
        least.xml
    );
    for (comparison, class) in [
        ("exact", "urn:example:unknown"),
        ("better", "urn:example:unknown"),
    ] {
        let path = redirect("/saml/sso", &scene.request("", &context(comparison, class)), None);
        assert_eq!(
            Response::of(&web.open(&path).await).refusal(),
            "NoAuthnContext",
            "{comparison}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_begins_here_only_where_the_operator_lets_it() {
    let scene = Scene::start().await;
    let portal = scene
        .further("https://portal.example/saml", |provider| {
            provider.policy.idp_initiated = true;
        })
        .await;
    let start = |id: &EntityId| {
        let pairs = [("providerId", id.as_str()), ("target", "/inbox?a=1&b=2")];
        format!("/saml/start?{}", tests::web::encode(&pairs))
    };
    let mut web = scene.web();
    let refused = web.open(&start(&scene.provider.entity_id)).await;
    assert_eq!(refused.status, 400);
    let page = web.begin(&start(&portal.entity_id)).await;
    let response = Response::of(&scene.approve(&mut web, &page).await);
    assert!(!response.xml.contains("InResponseTo"), "{}", response.xml);
    assert_eq!(response.relay_state.as_deref(), Some("/inbox?a=1&b=2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_artifact_is_fetched_once_by_its_recipient_alone() {
    let scene = Scene::start_with(|provider| {
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        provider
            .consumers
            .push(consumer(1, Binding::Artifact, "https://sp.example/artifact"));
    })
    .await;
    let other = scene.further("https://other.example/saml", |_| ()).await;
    let mut web = scene.web();
    let request = scene.request("AssertionConsumerServiceIndex=\"1\"", "");
    let answer = web
        .login(&redirect("/saml/sso", &request, Some("word")), &scene.phone)
        .await;
    let address = location(&answer);
    assert!(address.starts_with("https://sp.example/artifact?"), "{address}");
    assert_eq!(parameters(&address)["RelayState"], "word");
    let artifact = parameters(&address)["SAMLart"].clone();
    let own = EntityId::parse(format!("{}/saml/metadata", scene.server.issuer)).unwrap();
    assert!(Artifact::parse(&artifact).unwrap().is_of(&own));

    let resolve = |provider, artifact: &str| {
        let children = format!("<samlp:Artifact>{artifact}</samlp:Artifact>");
        let xml = scene.message("ArtifactResolve", "/saml/artifact", provider, ("", &children));
        let root = "urn:oasis:names:tc:SAML:2.0:protocol:ArtifactResolve";
        soap("/saml/artifact", &scene.key.sign_xml(&xml, root))
    };
    let unsigned = scene.message(
        "ArtifactResolve",
        "/saml/artifact",
        &scene.provider,
        ("", &format!("<samlp:Artifact>{artifact}</samlp:Artifact>")),
    );
    let anybody = scene.server.send(soap("/saml/artifact", &unsigned)).await;
    assert_eq!(anybody.status, 500, "{}", anybody.text());
    let fetched = scene.server.send(resolve(&scene.provider, &artifact)).await;
    assert_eq!(fetched.status, 200, "{}", fetched.text());
    assert!(fetched.text().contains("<saml:Assertion"), "{}", fetched.text());
    let again = scene.server.send(resolve(&scene.provider, &artifact)).await;
    assert!(!again.text().contains("<saml:Assertion"), "one use");

    let request = scene.request("AssertionConsumerServiceIndex=\"1\"", "");
    let answer = web.open(&redirect("/saml/sso", &request, None)).await;
    let artifact = parameters(&location(&answer))["SAMLart"].clone();
    let stolen = scene.server.send(resolve(&other, &artifact)).await;
    assert_eq!(stolen.status, 200, "{}", stolen.text());
    assert!(!stolen.text().contains("<saml:Assertion"), "another's artifact");
}

/// The declaration that `xmlsec1` writes has no place in an envelope.
pub(crate) fn soap(path: &str, xml: &str) -> Call {
    let body = xml.split_once("?>").map_or(xml, |(_, rest)| rest);
    let envelope = format!(
        "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body>{}</S:Body></S:Envelope>",
        body.trim()
    );
    Call::new(http::Method::POST, path)
        .header("content-type", "text/xml")
        .raw(envelope)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enhanced_client_is_answered_by_the_session_that_it_shows() {
    let scene = Scene::start_with(|provider| {
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        provider.policy.ecp = true;
        provider
            .consumers
            .push(consumer(1, Binding::Paos, "https://sp.example/ecp"));
    })
    .await;
    let ask = || {
        soap(
            "/saml/ecp",
            &scene.message("AuthnRequest", "/saml/ecp", &scene.provider, ("", "")),
        )
    };
    let nobody = scene.server.send(ask()).await;
    assert_eq!(nobody.status, 200, "{}", nobody.text());
    assert!(nobody.text().contains("status:NoPassive"), "{}", nobody.text());
    let mut web = scene.web();
    scene.login(&mut web, &scene.request("", "")).await;
    let somebody = web.send(ask()).await;
    let text = somebody.text();
    assert!(text.contains("<saml:Assertion"), "{text}");
    assert!(
        text.contains("AssertionConsumerServiceURL=\"https://sp.example/ecp\""),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assertion_is_encrypted_to_who_must_have_it_so() {
    let scene = Scene::start_with(|provider| {
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        provider.policy.encryption.when = EncryptWhen::Required;
    })
    .await;
    let path = redirect("/saml/sso", &scene.request("", ""), None);
    let keyless = Response::of(&scene.web().open(&path).await);
    assert_eq!(
        keyless.refusal(),
        "RequestDenied",
        "there is no key to encrypt to"
    );
    let certificate = scene.key.certificate.clone();
    let closed = scene
        .further("https://closed.example/saml", |provider| {
            provider.policy.encryption.when = EncryptWhen::Required;
            provider.encryption = vec![EncryptionKey {
                certificate,
                methods: Vec::new(),
            }];
        })
        .await;
    let response = scene
        .login(&mut scene.web(), &scene.request_of(&closed, "", ""))
        .await;
    assert!(
        response.xml.contains("<saml:EncryptedAssertion"),
        "{}",
        response.xml
    );
    assert!(!response.xml.contains("Jean"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variant_is_another_issuer_with_the_same_keys() {
    let scene = Scene::start_with(|provider| {
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        provider.policy.variant = Some("contoso.example".to_owned());
    })
    .await;
    let response = scene.login(&mut scene.web(), &scene.request("", "")).await;
    let variant = format!("{}/saml/contoso.example/metadata", scene.server.issuer);
    assert_eq!(response.text("saml:Issuer"), variant);
    let answer = scene
        .server
        .send(Call::get("/saml/contoso.example/metadata"))
        .await;
    assert_eq!(answer.header("content-type"), "application/samlmetadata+xml");
    assert!(answer.text().contains(&format!("entityID=\"{variant}\"")));
    for name in ["Contoso", "a%2Fb", ".."] {
        let strange = scene
            .server
            .send(Call::get(format!("/saml/{name}/metadata")))
            .await;
        assert_eq!(strange.status, 404, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_certificate_is_published_before_it_signs() {
    let scene = Scene::start().await;
    scene.login(&mut scene.web(), &scene.request("", "")).await;
    let (_, before) = metadata(&scene.server).await;
    let rotate = Call::new(http::Method::POST, "/admin/keys/saml_es256/rotate");
    let made = scene.server.administer(rotate).await;
    assert!(made.status.is_success(), "{}", made.text());
    let (_, after) = metadata(&scene.server).await;
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[..before.len()], before[..], "the current one first");
    let mut web = Web::new(&scene.server);
    let response = scene.login(&mut web, &scene.request("", "")).await;
    assert!(xmlsec_verifies(&response.xml, "Response", &before[1]));
    assert!(BASE64.decode(response.value.as_bytes()).is_ok());
}
