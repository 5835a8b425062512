//! Request objects (OIDC Core 6): processed, or refused as unsupported; never passed over.

use idp_jose::jws::Header;
use idp_types::encoding::base64url;
use serde_json::{Map, Value, json};
use tests::ClientKey;

use crate::client::{Landing, Request, Stage};
use crate::suite::Module;

/// The members of an object that says what a request says, and who says it to whom.
fn members(stage: &Stage, request: &Request) -> Value {
    let pairs = request.parameters().iter();
    let said: Map<String, Value> = pairs
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    ClientKey::request_claims(&stage.server, &stage.client.id, Value::Object(said))
}

/// An object with `alg` `none` (RFC 7519 6.1).
fn unsigned(stage: &Stage, request: &Request) -> String {
    let header = base64url(br#"{"alg":"none"}"#);
    let members = members(stage, request).to_string();
    format!("{header}.{}.", base64url(members.as_bytes()))
}

/// What came back is the response to what is inside: the ID token has its nonce.
async fn processed(stage: &mut Stage, inside: &Request, landing: Landing) {
    let (back, was_asked) = stage.finish(inside, landing).await;
    stage.redeem(inside, &back, was_asked).await;
}

/// By reference. Where the document says that nothing is fetched, nothing may be.
pub(super) async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    module: Module,
) {
    let mut stage = Stage::open(&module).await;
    let request = stage.request();
    let address = format!("https://{}.example/request.jwt", stage.client.id);
    let outside = request.clone().with("request_uri", address);
    assert_eq!(
        stage.provider.metadata["request_uri_parameter_supported"], false,
        "what is advertised would have to be tried here"
    );
    match stage.land(&outside).await {
        Landing::Back(back) => assert_eq!(back.error(), "request_uri_not_supported"),
        other => panic!("it is passed over: {other:?}"),
    }
}

/// By value.
pub(super) async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    module: Module,
) {
    let mut stage = Stage::open(&module).await;
    let inside = stage.request();
    // Another nonce beside it shows which of the two was read.
    let outside = stage
        .request()
        .with("state", inside.value("state").unwrap_or_default())
        .with("request", unsigned(&stage, &inside));
    match stage.land(&outside).await {
        Landing::Back(back) if back.is_error() => assert_eq!(back.error(), "request_not_supported"),
        landing => processed(&mut stage, &inside, landing).await,
    }
}

/// The redirect URI inside outweighs the one beside it, which is nobody's. Unsigned, it may be refused; signed, it is supported.
pub(super) async fn oidcc_ensure_request_object_with_redirect_uri(module: Module) {
    let key = ClientKey::generate();
    let mut stage = Stage::open_with(&module, json!({"jwks": key.jwks()})).await;
    assert_eq!(stage.provider.metadata["request_parameter_supported"], true);
    let inside = stage.request();
    let nobodys = "https://nobody.example/callback";
    let outside = inside.clone().with("redirect_uri", nobodys);
    let request = outside.clone().with("request", unsigned(&stage, &inside));
    match stage.land_for(&request, &inside).await {
        Landing::Page(page) => assert!(page.status.is_client_error(), "{}", page.text()),
        Landing::Back(back) if back.is_error() => assert_eq!(back.error(), "request_not_supported"),
        landing => processed(&mut stage, &inside, landing).await,
    }

    let algorithms = "request_object_signing_alg_values_supported";
    assert!(stage.provider.advertises(algorithms, key.algorithm().name()));
    let object = key.sign(&Header::new(key.algorithm()), &members(&stage, &inside));
    let request = outside.with("request", object);
    let landing = stage.land_for(&request, &inside).await;
    processed(&mut stage, &inside, landing).await;
}
