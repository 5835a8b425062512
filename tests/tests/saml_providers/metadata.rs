//! Metadata at an address: whose word it is, and how it is kept fresh (IIP-MD01..04).

use serde_json::json;
use tests::metadata::{Metadata, SigningCertificate};
use tests::receiver::{Receiver, Reply};

use super::{Desk, wiki};

/// Answers with this document from now on.
fn publish(site: &Receiver, document: String) {
    site.answer_usually(Reply {
        status: 200,
        location: None,
        body: document.leak(),
    });
}

fn until(desk: &Desk, seconds: i64) -> String {
    format!(
        "validUntil=\"{}\"",
        desk.server.now().plus_seconds(seconds).to_rfc3339()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_whom_the_operator_named_vouches_for_metadata() {
    let desk = Desk::open().await;
    let (federation, stranger) = (SigningCertificate::until(2040), SigningCertificate::until(2040));
    let mut site = Receiver::start().await;
    let origin = site.uri.trim_end_matches("/called").to_owned();
    let document = json!({
        "entityId": wiki().entity_id, "mdqUrl": origin, "trustAnchors": [federation.base64()],
        "maxValiditySeconds": 14 * 86_400,
    });
    let lasting = |seconds| Metadata {
        attributes: until(&desk, seconds),
        ..wiki()
    };
    let day = lasting(86_400);
    for refused in [
        day.xml(),
        day.signed_by(&stranger),
        day.signed_by(&federation)
            .replace("wiki.example/acs", "evil.example/acs"),
        wiki().signed_by(&federation),
        lasting(15 * 86_400).signed_by(&federation),
        Metadata::of("other.example").signed_by(&federation),
    ] {
        publish(&site, refused);
        desk.add(&document).await.expect_problem(400, "invalid_request");
    }
    publish(&site, day.signed_by(&federation));
    let view = desk.add(&document).await.expect(201);
    let address = format!("{origin}/entities/https%3A%2F%2Fwiki.example%2Fmetadata");
    assert_eq!(view["metadataUrl"], address);
    assert!(
        view["validUntil"].is_string() && view["refreshAt"].is_string(),
        "{view}"
    );
    let asked = site.next().await;
    assert!(asked.header("accept").starts_with("application/samlmetadata+xml"));

    publish(&site, day.signed_by(&stranger));
    desk.refresh().await.expect_problem(400, "invalid_request");
    assert_eq!(
        desk.read().await.json()["validUntil"],
        view["validUntil"],
        "what was believed stays"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_takes_over_endpoints_and_keys_and_leaves_decisions() {
    let desk = Desk::open().await;
    let site = Receiver::start().await;
    publish(&site, wiki().xml());
    let document = json!({"metadataUrl": site.uri, "idpInitiated": true, "displayName": "Our wiki"});
    desk.put(&document).await.expect(201);
    desk.put(&document).await.expect(200);
    desk.refresh().await.expect(200);
    assert_eq!(
        desk.events().await,
        ["SP_REGISTER"],
        "nothing changed, nothing is recorded"
    );

    let certificate = SigningCertificate::until(2031);
    let moved = Metadata {
        consumers: vec!["https://wiki.example/new-acs".to_owned()],
        certificates: vec![certificate.base64()],
        name: Some("Renamed".to_owned()),
        ..wiki()
    };
    publish(&site, moved.xml());
    let view = desk.refresh().await.expect(200);
    assert_eq!(
        view["assertionConsumerServices"][0]["location"],
        "https://wiki.example/new-acs"
    );
    assert_eq!(view["certificates"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&view["idpInitiated"], &view["displayName"]),
        (&json!(true), &json!("Our wiki"))
    );
    assert_eq!(desk.events().await, ["SP_UPDATE", "SP_REGISTER"]);

    desk.patch(&json!({"encryption": {"when": "required"}}))
        .await
        .expect(200);
    publish(&site, wiki().xml());
    let problem = desk.refresh().await.expect_problem(400, "invalid_request");
    assert_eq!(
        problem["member"], "encryption",
        "a key that is required does not vanish"
    );
    publish(&site, Metadata::of("other.example").xml());
    desk.refresh().await.expect_problem(400, "invalid_request");
    assert_eq!(desk.read().await.json()["certificates"], view["certificates"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_given_as_a_text_has_nowhere_to_be_read_again() {
    let desk = Desk::open().await;
    desk.put(&json!({"metadata": wiki().xml()})).await.expect(201);
    desk.refresh().await.expect_problem(409, "conflict");
    let anchored = json!({"trustAnchors": [SigningCertificate::until(2040).base64()]});
    let problem = desk.patch(&anchored).await.expect_problem(400, "invalid_request");
    assert_eq!(
        problem["member"], "metadata",
        "the text has to be held to the anchor"
    );
}
