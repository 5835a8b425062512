//! Refreshing: what a directory revokes, what an old one may not bring back, and no directory at all.

use std::path::Path;

use http::StatusCode;
use idp_core::enrolment::RevocationReason;
use serde_json::{Value, json};

use super::*;
use crate::enrolment::fixture::{Phone, Server};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_revoked_seal_takes_its_devices_with_it() {
    let mut server = Server::start().await;
    let (revoked, spared) = (
        Phone::new(&server, "jean", "phone"),
        Phone::new(&server, "amelie", "phone"),
    );
    for phone in [&revoked, &spared] {
        assert_eq!(server.enrol(phone, &json!({})).await.0, StatusCode::OK);
    }
    refresh(&server.app).await.unwrap();
    assert_eq!(
        revoked
            .call(&server, "GET", "/enroll/devices", &Value::Null)
            .await
            .0,
        StatusCode::OK
    );
    server.scheme.revoke_seal(revoked.seal.digest());
    server.scheme.sign(server.now()).unwrap();
    refresh(&server.app).await.unwrap();
    let holder = server
        .app
        .durable
        .holder(&revoked.token_id)
        .await
        .unwrap()
        .unwrap();
    let revocation = holder.value.devices[0].revoked.unwrap();
    assert_eq!(revocation.reason, RevocationReason::RevokedSeal);
    assert!(
        holder.value.revoked.is_none(),
        "the tokenId itself may come back with another seal"
    );
    assert_eq!(
        revoked
            .call(&server, "GET", "/enroll/devices", &Value::Null)
            .await
            .0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        spared
            .call(&server, "GET", "/enroll/devices", &Value::Null)
            .await
            .0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn an_older_directory_is_refused_and_believed_in_nothing() {
    let mut server = Server::start().await;
    let directory = server.app.config.trust.directory.clone();
    let older = tempfile::tempdir().unwrap();
    copy(&directory, older.path());
    server.scheme.sign(server.now()).unwrap();
    refresh(&server.app).await.unwrap();
    copy(older.path(), &directory);
    let refused = refresh(&server.app).await.unwrap_err();
    assert!(refused.contains("was seen before"), "{refused}");
    assert!(
        !server.app.trust_store().scheme_operators().is_empty(),
        "the newer lists stay in force"
    );

    // After a restart the first load knows no sequences; the refresh that follows does.
    let loaded = load(&server.app.config.trust, server.now());
    assert!(loaded.trouble.is_none());
    *server.app.trust.write().unwrap() = loaded.store;
    refresh(&server.app).await.unwrap_err();
    assert!(server.app.trust_store().scheme_operators().is_empty());
}

#[tokio::test]
async fn without_a_directory_nobody_is_trusted() {
    let server = Server::start().await;
    let config = TrustConfig {
        directory: "/nonexistent".into(),
        ..server.app.config.trust.clone()
    };
    let loaded = load(&config, server.now());
    assert!(loaded.trouble.is_some() && loaded.store.scheme_operators().is_empty());
}
