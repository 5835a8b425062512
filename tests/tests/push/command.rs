//! `idp push`, and files that change while the server runs.

use serde_json::{Value, json};
use tests::Said;

use super::{Google, Scene};
use crate::idp::run;

#[test]
fn a_vapid_key_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vapid.pem");
    let command = || run(&["push", "keys", "--out", file.to_str().unwrap(), "--json"]);
    let made = command();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let key = made["applicationServerKey"].as_str().unwrap();
    assert_eq!(
        data_encoding::BASE64URL_NOPAD
            .decode(key.as_bytes())
            .unwrap()
            .len(),
        65
    );
    let config = folder.path().join("idp.toml");
    let text = format!(
        "issuer = 'https://id.example'\n[push.web]\nvapid_key_file = '{}'\n",
        file.display()
    );
    std::fs::write(&config, &text).unwrap();
    let check = || run(&["config", "check", "--config", config.to_str().unwrap()]);
    assert!(check().status.success());
    assert!(
        !command().status.success(),
        "subscriptions are bound to the first"
    );
    std::fs::write(&file, "no key").unwrap();
    let told = String::from_utf8_lossy(&check().stderr).into_owned();
    assert!(told.contains("push.web.vapid_key_file"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_tries_whether_pushes_arrive() {
    let mut google = Google::start().await;
    let delivered = Said::json(200, &json!({"name": "projects/seal-1/messages/1"}));
    google
        .provider
        .say([delivered, Said::fcm(404, "NOT_FOUND", "UNREGISTERED")]);
    let scene = Scene::of_google(&google, |_| ()).await;
    let data = scene.server.data_directory();
    let config = data.join("idp.toml");
    let text = format!(
        "issuer = '{}'\ndata_dir = '{}'\n[push.fcm]\nservice_account_file = '{}'\nendpoint = '{}'\n",
        scene.server.issuer,
        data.display(),
        google.file().display(),
        google.provider.origin
    );
    std::fs::write(&config, text).unwrap();
    let token_id = scene.holder.token_id.to_string();
    let mut attempt = async |expected: (bool, &str)| {
        let (config, token_id) = (config.clone(), token_id.clone());
        let tried = tokio::task::spawn_blocking(move || {
            let config = config.to_str().unwrap();
            run(&[
                "push", "test", &token_id, "--device", "phone", "--config", config, "--json",
            ])
        });
        let tried = tried.await.unwrap();
        assert_eq!(
            tried.status.success(),
            expected.0,
            "{}",
            String::from_utf8_lossy(&tried.stderr)
        );
        let said: Value = serde_json::from_slice(&tried.stdout).unwrap();
        assert_eq!(
            said,
            json!({"devices": [{"deviceId": "phone", "outcome": expected.1}]})
        );
        google.message().await
    };
    let (message, _) = attempt((true, "delivered")).await;
    assert_eq!(message["data"]["type"], "test", "apps take it for no request");
    attempt((false, "the address is gone")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_file_that_changed_is_read_again_and_a_wrong_one_is_not_used() {
    let mut first = Google::start().await;
    let mut second = Google::start().await;
    let scene = Scene::of_google(&first, |config| config.limits.pushes_since_success = 100).await;
    scene.initiate().await;
    first.message().await;
    let configured = scene.server.app.push.configured().unwrap();
    std::fs::write(first.file(), "nonsense").unwrap();
    assert!(configured.reload().is_err());
    scene.initiate().await;
    first.message().await;
    // Google's new key: tokens are asked for elsewhere, messages go where they went.
    std::fs::copy(second.file(), first.file()).unwrap();
    configured.reload().unwrap();
    second.provider.say([Said::status(200)]);
    scene.initiate().await;
    assert_eq!(second.provider.next().await.path, "/token");
    assert_eq!(first.message().await.1, "Bearer access-1");
}
