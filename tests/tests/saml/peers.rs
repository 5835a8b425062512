//! Service providers of other people, as strict as they can be: they log in and out by both bindings, signed and encrypted.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use saml::provider::{EncryptWhen, EncryptionKey};
use serde_json::{Value, json};
use tests::web::location;

use super::fixture::{ACS, Response, SLO, Scene, metadata};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

fn peer(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name)
}

/// One step of a peer.
fn step(command: &mut Command, given: &Value) -> Value {
    let mut running = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the library's language is there; tests/run installs it");
    let mut input = running.stdin.take().unwrap();
    input.write_all(given.to_string().as_bytes()).unwrap();
    drop(input);
    let done = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{} {said}", given["op"]);
    serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{said}"))
}

/// Requests are signed, responses and assertions too, and assertions are encrypted.
async fn scene() -> Scene {
    Scene::start_with(|provider| {
        provider.authn_requests_signed = true;
        provider.policy.encryption.when = EncryptWhen::Required;
        provider.encryption = vec![EncryptionKey {
            certificate: provider.signing[0].clone(),
            methods: Vec::new(),
        }];
    })
    .await
}

/// The path of an address of ours.
#[track_caller]
fn path<'a>(scene: &Scene, address: &'a Value) -> &'a str {
    let address = address.as_str().unwrap_or_else(|| panic!("{address}"));
    address.strip_prefix(scene.server.issuer.as_str()).expect(address)
}

fn pem(certificate: &str) -> String {
    let lines: Vec<&str> = certificate
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

fn node(given: &Value) -> Value {
    let folder = peer("node-saml");
    let is_there = folder.join("node_modules").is_dir();
    assert!(
        is_there,
        "install it, as tests/run does: npm ci --prefix tests/peers/node-saml"
    );
    step(Command::new("node").arg("peer.mjs").current_dir(folder), given)
}

/// What node-saml is told of itself and of us.
async fn node_options(scene: &Scene) -> Value {
    let (_, certificates) = metadata(&scene.server).await;
    let place = |path: &str| format!("{}{path}", scene.server.issuer);
    json!({
        "entryPoint": place("/saml/sso"),
        "logoutUrl": place("/saml/slo"),
        "logoutCallbackUrl": SLO,
        "callbackUrl": ACS,
        "issuer": scene.provider.entity_id.as_str(),
        "audience": scene.provider.entity_id.as_str(),
        "idpIssuer": place("/saml/metadata"),
        "idpCert": certificates.iter().map(|one| pem(one)).collect::<Vec<_>>(),
        "privateKey": scene.key.pem(),
        "publicCert": pem(&scene.key.certificate.to_base64()),
        "decryptionPvk": scene.key.pem(),
        "signatureAlgorithm": "sha256",
        "digestAlgorithm": "sha256",
        "wantAuthnResponseSigned": true,
        "wantAssertionsSigned": true,
        "validateInResponseTo": "always",
        "identifierFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        "disableRequestedAuthnContext": true,
        "acceptedClockSkewMs": 5000,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_saml_logs_in_and_out() {
    let scene = scene().await;
    let options = node_options(&scene).await;
    let mut web = scene.web();
    let asked = node(&json!({"op": "authorizeUrl", "options": options, "relayState": "here"}));
    let page = web.begin(path(&scene, &asked["url"])).await;
    let response = Response::of(&scene.approve(&mut web, &page).await);
    assert_eq!(response.relay_state.as_deref(), Some("here"));
    let read = |waiting: &Value, response: &Response| {
        let value = response.value.as_str();
        node(&json!({"op": "response", "options": options, "waiting": waiting, "SAMLResponse": value}))
    };
    let known = read(&asked["waiting"], &response);
    let profile = &known["profile"];
    assert_eq!(profile["attributes"]["urn:oid:2.5.4.42"], "Jean", "{known}");
    assert_eq!(known["loggedOut"], false);

    let mut post = options.clone();
    post["authnRequestBinding"] = json!("HTTP-POST");
    post["skipRequestCompression"] = json!(true);
    let asked = node(&json!({"op": "authorizeForm", "options": post, "relayState": "there"}));
    let value = asked["fields"]["SAMLRequest"].as_str().expect("a request");
    let silent = Response::of(&scene.post_value(&mut web, "/saml/sso", value).await);
    let again = read(&asked["waiting"], &silent);
    assert_eq!(again["profile"]["nameID"], profile["nameID"], "{again}");

    let leaving =
        node(&json!({"op": "logoutUrl", "options": options, "profile": profile, "relayState": "bye"}));
    let home = web.open(path(&scene, &leaving["url"])).await;
    let address = location(&home);
    assert!(address.starts_with(SLO), "{address} {}", home.text());
    let waiting = &leaving["waiting"];
    let left = node(&json!({"op": "redirected", "options": options, "waiting": waiting, "url": address}));
    assert_eq!(left["loggedOut"], true, "{left}");

    let asked = node(&json!({"op": "authorizeUrl", "options": options, "relayState": ""}));
    web.begin(path(&scene, &asked["url"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_saml_is_told_when_a_person_leaves_here() {
    let scene = scene().await;
    let options = node_options(&scene).await;
    let mut web = scene.web();
    let asked = node(&json!({"op": "authorizeUrl", "options": options, "relayState": ""}));
    let page = web.begin(path(&scene, &asked["url"])).await;
    Response::of(&scene.approve(&mut web, &page).await);
    let away = super::logout::leave_here(&mut web).await;
    let told = node(&json!({"op": "redirected", "options": options, "url": away}));
    let profile = &told["profile"];
    assert_eq!(told["loggedOut"], true, "{told}");
    let answer =
        node(&json!({"op": "logoutResponseUrl", "options": options, "profile": profile, "relayState": ""}));
    let home = web.open(path(&scene, &answer["url"])).await;
    assert_eq!(home.status, 200, "{}", home.text());
}

fn python(given: &Value) -> Value {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/python3-saml/bin/python");
    assert!(
        program.is_file(),
        "install it, as tests/run does: tests/peers/python3-saml/requirements.txt"
    );
    let mut command = Command::new(program);
    step(
        command.args(["-B", "peer.py"]).current_dir(peer("python3-saml")),
        given,
    )
}

/// What python3-saml is told of itself; of us it reads the metadata.
async fn python_settings(scene: &Scene) -> (Value, String) {
    let (text, _) = metadata(&scene.server).await;
    let settings = json!({
        "strict": true,
        "sp": {
            "entityId": scene.provider.entity_id.as_str(),
            "assertionConsumerService": {"url": ACS, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"},
            "singleLogoutService": {"url": SLO, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"},
            "NameIDFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "x509cert": scene.key.certificate.to_base64(),
            "privateKey": scene.key.pem(),
        },
        "security": {
            "authnRequestsSigned": true,
            "logoutRequestSigned": true,
            "logoutResponseSigned": true,
            "wantMessagesSigned": true,
            "wantAssertionsSigned": true,
            "wantAssertionsEncrypted": true,
            "wantNameId": true,
            "wantAttributeStatement": true,
            "requestedAuthnContext": false,
            "rejectDeprecatedAlgorithm": true,
            "signatureAlgorithm": RSA_SHA256,
            "digestAlgorithm": SHA256,
        },
    });
    (settings, text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one story, read from top to bottom")]
async fn python3_saml_logs_in_and_out() {
    let scene = scene().await;
    let (settings, metadata) = python_settings(&scene).await;
    let python = |op: &str, more: Value| {
        let mut given = json!({"op": op, "settings": settings, "metadata": metadata});
        let members = more.as_object().unwrap().clone();
        given.as_object_mut().unwrap().extend(members);
        python(&given)
    };
    let mut web = scene.web();
    let asked = python("authorizeUrl", json!({"relayState": "https://sp.example/here"}));
    let page = web.begin(path(&scene, &asked["url"])).await;
    let response = Response::of(&scene.approve(&mut web, &page).await);
    let read = |request_id: &Value, response: &Response| {
        python(
            "response",
            json!({"requestId": request_id, "SAMLResponse": response.value}),
        )
    };
    let person = read(&asked["requestId"], &response);
    assert_eq!(person["errors"], json!([]), "{person}");
    assert_eq!(person["attributes"]["givenName"], json!(["Jean"]));

    let asked = python("authorizeForm", json!({}));
    let value = asked["SAMLRequest"].as_str().expect("a request");
    let silent = Response::of(&scene.post_value(&mut web, "/saml/sso", value).await);
    let again = read(&asked["requestId"], &silent);
    assert_eq!(
        (&again["errors"], &again["nameId"]),
        (&json!([]), &person["nameId"]),
        "{again}"
    );
    let replayed = read(&json!("_another"), &silent);
    assert_eq!(replayed["errors"], json!(["invalid_response"]), "{replayed}");

    let leaving = python(
        "logoutUrl",
        json!({"person": person, "relayState": "https://sp.example/bye"}),
    );
    let home = web.open(path(&scene, &leaving["url"])).await;
    let address = location(&home);
    assert!(address.starts_with(SLO), "{address} {}", home.text());
    let left = python(
        "redirected",
        json!({"url": address, "requestId": leaving["requestId"]}),
    );
    assert_eq!(left["errors"], json!([]), "{left}");
    let asked = python("authorizeUrl", json!({"relayState": "x"}));
    let page = web.begin(path(&scene, &asked["url"])).await;
    Response::of(&scene.approve(&mut web, &page).await);

    let away = super::logout::leave_here(&mut web).await;
    let told = python("redirected", json!({"url": away}));
    assert_eq!(told["errors"], json!([]), "{told}");
    let home = web.open(path(&scene, &told["url"])).await;
    assert_eq!(home.status, 200, "{}", home.text());
}
