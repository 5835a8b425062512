//! Single logout (Core 3.7, Profiles 4.4): begun by a provider or by the person, by browser and by SOAP.

use saml::binding::{Binding, Direction};
use saml::signature::SigningAlgorithm;
use tests::web::{hidden_fields, location};
use tests::{Call, Receiver, Web};

use super::fixture::{Response, SLO, Scene, between, redirect, service};
use super::sso::soap;

/// What a provider sends when a person leaves.
fn logout(scene: &Scene, response: &Response, place: &str) -> String {
    let name = response.text("saml:NameID");
    let format = response.attribute("saml:NameID", "Format");
    let index = response.attribute("saml:AuthnStatement", "SessionIndex");
    let children = format!(
        "<saml:NameID Format=\"{format}\">{name}</saml:NameID><samlp:SessionIndex>{index}</samlp:SessionIndex>"
    );
    scene.message("LogoutRequest", place, &scene.provider, ("", &children))
}

/// The document of a redirect.
fn carried(address: &str, parameter: &str) -> String {
    let (_, query) = address.split_once('?').expect("a query");
    let received = saml::binding::Received::from_query(query).expect("a message");
    assert!(query.contains(parameter), "{address}");
    received.text
}

/// The person leaves on our own page; where the browser is sent.
pub(crate) async fn leave_here(web: &mut Web) -> String {
    let question = web.open("/oidc/end-session").await;
    let fields = hidden_fields(&question.text());
    let mut pairs: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    pairs.push(("decision", "logout"));
    location(&web.fill("/oidc/end-session/confirm", &pairs).await)
}

async fn is_signed_out(scene: &Scene, web: &mut Web) -> bool {
    let passive = redirect("/saml/sso", &scene.request("IsPassive=\"true\"", ""), None);
    let answer = Response::of(&web.open(&passive).await);
    !answer.xml.contains("<saml:Assertion")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_s_logout_goes_to_the_others_and_comes_back() {
    let scene = Scene::start().await;
    let other = scene
        .further("https://other.example/saml", |provider| {
            provider.logout = vec![service(Binding::Redirect, "https://other.example/slo")];
        })
        .await;
    let mut web = scene.web();
    let first = scene.login(&mut web, &scene.request("", "")).await;
    scene.login(&mut web, &scene.request_of(&other, "", "")).await;
    let request = logout(&scene, &first, "/saml/slo");
    let path = scene.signed_redirect("/saml/slo", &request, Direction::Request);
    let away = location(&web.open(&path).await);
    assert!(
        away.starts_with("https://other.example/slo?SAMLRequest="),
        "{away}"
    );
    assert!(away.contains("&Signature="), "signed: {away}");
    assert!(is_signed_out(&scene, &mut web).await);
    let asked = carried(&away, "SAMLRequest");
    let id = between(&asked, " ID=\"", "\"");
    let done = "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";
    let answer = scene.message(
        "LogoutResponse",
        "/saml/slo",
        &other,
        (&format!("InResponseTo=\"{id}\""), done),
    );
    let path = scene.signed_redirect("/saml/slo", &answer, Direction::Response);
    let home = location(&web.open(&path).await);
    assert!(home.starts_with(&format!("{SLO}?SAMLResponse=")), "{home}");
    let told = carried(&home, "SAMLResponse");
    assert!(
        told.contains("status:Success") && !told.contains("PartialLogout"),
        "{told}"
    );
    let asked = between(&request, " ID=\"", "\"");
    assert_eq!(between(&told, "InResponseTo=\"", "\""), asked);
    let twice = web.open(&path).await;
    assert_eq!(twice.status, 410, "an answer goes on with its logout once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_that_does_not_reach_everybody_is_reported_as_partial() {
    let scene = Scene::start().await;
    let deaf = scene
        .further("https://deaf.example/saml", |provider| {
            provider.logout = Vec::new();
        })
        .await;
    let mut web = scene.web();
    let first = scene.login(&mut web, &scene.request("", "")).await;
    scene.login(&mut web, &scene.request_of(&deaf, "", "")).await;
    let request = logout(&scene, &first, "/saml/slo");
    let path = scene.signed_redirect("/saml/slo", &request, Direction::Request);
    let told = carried(&location(&web.open(&path).await), "SAMLResponse");
    assert!(told.contains("status:PartialLogout"), "{told}");
    assert!(is_signed_out(&scene, &mut web).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_by_soap_ends_the_session_without_its_browser() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    let response = scene.login(&mut web, &scene.request("", "")).await;
    let request = logout(&scene, &response, "/saml/slo/soap");
    let root = "urn:oasis:names:tc:SAML:2.0:protocol:LogoutRequest";
    let unsigned = scene.server.send(soap("/saml/slo/soap", &request)).await;
    assert_eq!(unsigned.status, 500, "anybody's word");
    assert!(!is_signed_out(&scene, &mut web).await);
    let signed = scene.key.sign_xml(&request, root);
    let answer = scene.server.send(soap("/saml/slo/soap", &signed)).await;
    let text = answer.text();
    assert!(answer.status == 200 && text.contains("status:Success"), "{text}");
    assert!(is_signed_out(&scene, &mut web).await);
    let again = scene.server.send(soap("/saml/slo/soap", &signed)).await;
    assert!(again.text().contains("status:Requester"), "{}", again.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_ends_no_session_but_its_own() {
    let scene = Scene::start().await;
    let other = scene.further("https://other.example/saml", |_| ()).await;
    let mut web = scene.web();
    let response = scene.login(&mut web, &scene.request("", "")).await;
    let foreign = logout(&scene, &response, "/saml/slo")
        .replace(scene.provider.entity_id.as_str(), other.entity_id.as_str());
    let path = scene.signed_redirect("/saml/slo", &foreign, Direction::Request);
    let told = carried(&location(&web.open(&path).await), "SAMLResponse");
    assert!(told.contains("status:UnknownPrincipal"), "{told}");
    assert!(!is_signed_out(&scene, &mut web).await);
    assert_eq!(scene.refusals().await.len(), 1);
}

/// The provider takes logouts by SOAP; this server's receiver says nothing that it understands, so that the outbox tries again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_device_s_sessions_end_at_the_providers_too() {
    let mut receiver = Receiver::start().await;
    let address = receiver.uri.clone();
    let scene = Scene::start_with(|provider| {
        provider.policy.signing_algorithm = SigningAlgorithm::EcdsaSha256;
        provider.logout = vec![service(Binding::Soap, &address)];
    })
    .await;
    let mut web = scene.web();
    let response = scene.login(&mut web, &scene.request("", "")).await;
    let token_id = scene.phone.wallet.identity().token_id.to_string();
    let body = serde_json::json!({"tokenId": token_id, "reason": "lost_device"});
    let revoked = scene.server.administer(Call::post("/revoke", &body)).await;
    assert!(revoked.status.is_success(), "{}", revoked.text());
    let told = receiver.next().await;
    let text = String::from_utf8(told.body.to_vec()).unwrap();
    assert!(text.contains("<samlp:LogoutRequest"), "{text}");
    assert!(text.contains(response.text("saml:NameID")), "{text}");
    assert!(
        text.contains(response.attribute("saml:AuthnStatement", "SessionIndex")),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_leaves_here_leaves_at_the_providers() {
    let scene = Scene::start().await;
    let mut web = scene.web();
    scene.login(&mut web, &scene.request("", "")).await;
    let away = leave_here(&mut web).await;
    assert!(away.starts_with(&format!("{SLO}?SAMLRequest=")), "{away}");
    let id = between(&carried(&away, "SAMLRequest"), " ID=\"", "\"").to_owned();
    let done = "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";
    let answer = scene.message(
        "LogoutResponse",
        "/saml/slo",
        &scene.provider,
        (&format!("InResponseTo=\"{id}\""), done),
    );
    let path = scene.signed_redirect("/saml/slo", &answer, Direction::Response);
    let home = web.open(&path).await;
    assert_eq!(home.status, 200, "{}", home.text());
    assert!(is_signed_out(&scene, &mut web).await);
}
