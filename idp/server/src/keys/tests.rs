mod changes;
mod saml;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use der::{Decode, Encode};
use idp_core::keys::{KeyPurpose, RotationPolicy};
use idp_jose::{Algorithm, JwkSet, PublicKey, RsaPublicKey, Verifier as _};
use idp_types::{KeyId, Secret, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use super::document::{self, StoredKeys};
use super::{KeyHome, KeyRing, KeySetView, RingSettings, Rotated, ServerSecrets, write_private};
use crate::crypto::{AwsVerifier, SealingKey};

const DAY: i64 = 86_400;
const POLICY: RotationPolicy = RotationPolicy {
    publish_ahead: 7200,
    keep_after: 10_800,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000 + seconds)
}

fn seal_key() -> Secret<32> {
    Secret::new([7; 32])
}

fn open(path: &Path, now: i64) -> KeyRing {
    let settings = RingSettings::new(POLICY, 90, "https://login.example.com:8443");
    let home = KeyHome::File(path.to_owned());
    wait(KeyRing::open(home, &seal_key(), settings, at(now))).unwrap()
}

/// Runs what waits for files.
fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(work)
}

/// Makes the next key of a purpose.
fn rotate(ring: &KeyRing, purpose: KeyPurpose, now: i64) -> KeyId {
    match wait(ring.rotate(purpose, at(now))).unwrap() {
        Rotated::Made(kid) | Rotated::Waiting(kid) => kid,
    }
}

fn read(path: &Path) -> (ServerSecrets, StoredKeys) {
    let sealing = SealingKey::new(&seal_key()).unwrap();
    document::open(&std::fs::read(path).unwrap(), &sealing, "the file").unwrap()
}

/// A folder and the key file in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.sealed");
    (folder, path)
}

fn view(ring: &KeyRing, view: KeySetView, now: i64) -> Vec<Value> {
    let body = ring.published_view(view, at(now)).body().clone();
    let set: Value = serde_json::from_slice(&body).unwrap();
    set["keys"].as_array().unwrap().clone()
}

fn kids(ring: &KeyRing, now: i64) -> BTreeSet<String> {
    view(ring, KeySetView::All, now)
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

fn algorithms(keys: &[Value]) -> Vec<&str> {
    keys.iter().map(|key| key["alg"].as_str().unwrap()).collect()
}

#[test]
fn the_host_is_taken_from_the_issuer() {
    let host = |issuer| RingSettings::new(POLICY, 90, issuer).host;
    assert_eq!(host("https://login.example.com"), "login.example.com");
    assert_eq!(host("http://127.0.0.1:8080"), "127.0.0.1");
    assert_eq!(host("http://[::1]:8080"), "[::1]");
    assert_eq!(host("http://[::1]"), "[::1]");
}

#[test]
fn each_view_shows_its_keys_and_certificates() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    let all = view(&ring, KeySetView::All, 0);
    assert_eq!(algorithms(&all), ["ES256", "ES256", "RS256", "PS256", "EdDSA"]);
    assert_eq!(kids(&ring, 0).len(), all.len(), "names are distinct");
    let certified =
        |keys: &[Value]| -> Vec<bool> { keys.iter().map(|key| key.get("x5c").is_some()).collect() };
    assert_eq!(certified(&all), [false, false, true, false, false]);

    let rsa = view(&ring, KeySetView::Rsa, 0);
    assert_eq!(rsa, [all[2].clone()]);
    let bare = view(&ring, KeySetView::RsaBare, 0);
    assert_eq!(
        (algorithms(&bare), certified(&bare)),
        (vec!["RS256"], vec![false])
    );
    let plain = view(&ring, KeySetView::NoX5c, 0);
    assert_eq!(algorithms(&plain), algorithms(&all));
    assert_eq!(certified(&plain), [false; 5]);
}

#[test]
fn a_file_of_the_earlier_form_gets_what_it_lacks_and_keeps_what_it_has() {
    let (_folder, path) = place();
    open(&path, 0);
    let (secrets, mut stored) = read(&path);
    stored
        .keys
        .retain(|key| !key.life.purpose.as_str().starts_with("oidc_"));
    let before: Vec<_> = stored.keys.iter().map(|key| key.life.clone()).collect();
    let sealing = SealingKey::new(&seal_key()).unwrap();
    let sealed = document::seal(&sealing, &secrets, &stored).unwrap();
    write_private(&path, &sealed).unwrap();

    let ring = open(&path, 1000);
    let lives = ring.lives();
    assert_eq!(lives[..before.len()], before);
    let mut added: Vec<KeyPurpose> = lives[before.len()..].iter().map(|life| life.purpose).collect();
    added.sort();
    let expected = [
        KeyPurpose::OidcRs256,
        KeyPurpose::OidcPs256,
        KeyPurpose::OidcEdDsa,
    ];
    assert_eq!(added, expected);
    for purpose in KeyPurpose::ALL {
        let is_made = ring.active(purpose, at(1000)).is_ok();
        assert_eq!(is_made, !purpose.is_saml(), "{purpose:?}");
    }
    let again = open(&path, 2000);
    let text = |ring: &KeyRing| ring.published_view(KeySetView::All, at(2000)).body().clone();
    assert_eq!(
        text(&again),
        text(&ring),
        "nothing is made twice, certificates included"
    );
}

#[test]
fn a_rotation_shows_the_old_key_and_the_new_one_until_the_old_one_is_gone() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    let before = kids(&ring, 0);
    let old = ring.active(KeyPurpose::OidcEdDsa, at(0)).unwrap();
    let new = rotate(&ring, KeyPurpose::OidcEdDsa, 100);
    assert_eq!(kids(&ring, 100).len(), before.len() + 1);
    let signing = |now| {
        ring.active(KeyPurpose::OidcEdDsa, at(now))
            .unwrap()
            .kid()
            .to_owned()
    };
    assert_eq!(signing(100 + 2 * DAY - 1), old.kid(), "two days for caches");
    assert_eq!(signing(100 + 2 * DAY), new.as_str());
    let gone = 100 + 2 * DAY + POLICY.keep_after;
    assert!(kids(&ring, gone - 1).contains(old.kid()));
    assert!(!kids(&ring, gone).contains(old.kid()));
    assert!(kids(&ring, gone).contains(new.as_str()));
    let verification = |now| ring.verification(KeyPurpose::OidcEdDsa, old.kid(), at(now));
    assert_eq!(verification(gone - 1).as_ref(), Some(old.signer.public_key()));
    assert_eq!(verification(gone), None);
    assert_eq!(ring.verification(KeyPurpose::Token, old.kid(), at(100)), None);
}

/// `federation-oidc.md` 2.2: hints that expired long ago are still read, and nothing else of their keys is kept.
#[test]
fn the_public_half_is_remembered_after_the_private_one_is_destroyed() {
    const REMEMBERED: i64 = 400 * DAY;
    let (_folder, path) = place();
    let ring = open(&path, 0);
    let old = ring.active(KeyPurpose::OidcEdDsa, at(0)).unwrap();
    rotate(&ring, KeyPurpose::OidcEdDsa, 0);
    let gone = 2 * DAY + POLICY.keep_after;
    let remembered = |ring: &KeyRing, now| {
        ring.remembered(KeyPurpose::OidcEdDsa, old.kid(), at(now))
            .is_some()
    };
    assert!(remembered(&ring, gone), "before any rotation");
    rotate(&ring, KeyPurpose::Token, gone);
    assert!(ring.lives().iter().all(|life| life.kid.as_str() != old.kid()));
    let (_, stored) = read(&path);
    let kids: Vec<_> = stored.keys.iter().map(|key| key.life.kid.as_str()).collect();
    assert!(!kids.contains(&old.kid()));

    let again = open(&path, gone);
    for ring in [&ring, &again] {
        assert_eq!(
            ring.verification(KeyPurpose::OidcEdDsa, old.kid(), at(gone)),
            None
        );
        let public = ring.remembered(KeyPurpose::OidcEdDsa, old.kid(), at(gone));
        assert_eq!(public.as_ref(), Some(old.signer.public_key()));
        assert_eq!(ring.remembered(KeyPurpose::Token, old.kid(), at(gone)), None);
        assert!(remembered(ring, gone + REMEMBERED - 1));
        assert!(!remembered(ring, gone + REMEMBERED));
    }
    rotate(&again, KeyPurpose::Token, gone + REMEMBERED);
    assert!(!remembered(&again, 0), "forgotten at the next rotation");
}

#[test]
fn a_published_set_is_written_once_until_the_ring_changes() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    let set = |now| ring.published_view(KeySetView::All, at(now));
    let first = set(0);
    wait(ring.reload()).unwrap();
    assert!(Arc::ptr_eq(&first, &set(DAY)), "the file says the same as before");
    rotate(&ring, KeyPurpose::Token, DAY);
    let second = set(DAY);
    assert_ne!(first.etag(), second.etag());
    let gone = DAY + POLICY.publish_ahead + POLICY.keep_after;
    assert!(Arc::ptr_eq(&second, &set(gone - 1)));
    assert_ne!(second.etag(), set(gone).etag());

    rotate(&open(&path, gone), KeyPurpose::Token, gone);
    let third = set(gone);
    wait(ring.reload()).unwrap();
    assert_ne!(third.etag(), set(gone).etag(), "another process rotated");
}

#[test]
fn the_certificate_is_the_keys_own_and_lasts_as_long_as_the_key() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    rotate(&ring, KeyPurpose::OidcRs256, 0);
    let body = ring.published_view(KeySetView::Rsa, at(0)).body().clone();
    let set = JwkSet::parse(&body, JwkSet::LIMIT).unwrap();
    assert_eq!(set.keys().len(), 2);
    let mut serials = BTreeSet::new();
    for (jwk, delay) in set.keys().iter().zip([0, 2 * DAY]) {
        let chain = jwk.x5c.as_deref().unwrap();
        let certificate = x509_cert::Certificate::from_der(&chain[0]).unwrap();
        let content = certificate.tbs_certificate();
        assert_eq!(content.subject().to_string(), "CN=login.example.com");
        assert_eq!(content.issuer(), content.subject());
        serials.insert(content.serial_number().as_bytes().to_vec());

        let info = content.subject_public_key_info();
        let key = RsaPublicKey::from_pkcs1_der(info.subject_public_key.as_bytes().unwrap()).unwrap();
        assert_eq!(PublicKey::Rsa(key), jwk.key);
        let message = content.to_der().unwrap();
        let signature = certificate.signature().as_bytes().unwrap();
        assert_eq!(
            AwsVerifier.verify(Algorithm::Rs256, &jwk.key, &message, signature),
            Ok(())
        );

        let seconds = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap();
        let validity = content.validity();
        assert_eq!(seconds(validity.not_before), at(0).unix_seconds());
        let planned = delay + 90 * DAY + 2 * DAY + POLICY.keep_after;
        assert_eq!(seconds(validity.not_after), at(planned + 30 * DAY).unix_seconds());
    }
    assert_eq!(serials.len(), 2);
}

#[test]
fn only_what_is_due_rotates() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    assert_eq!(wait(ring.rotate_due(90, at(90 * DAY))).unwrap(), []);
    let made = wait(ring.rotate_due(90, at(90 * DAY + 1))).unwrap();
    assert_eq!(made.len(), AT_FIRST);
    assert_eq!(
        wait(ring.rotate_due(90, at(91 * DAY))).unwrap(),
        [],
        "successors wait"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever happened before, a view says what the ring says at that time.
    #[test]
    fn what_is_kept_never_differs_from_what_would_be_written(
        steps in prop::collection::vec((any::<bool>(), 0..3 * DAY, 0..6 * DAY), 1..8),
    ) {
        let (_folder, path) = place();
        let seed = SEED.get_or_init(|| {
            let (_folder, path) = place();
            open(&path, 0);
            std::fs::read(path).unwrap()
        });
        write_private(&path, seed).unwrap();
        let ring = open(&path, 0);
        let mut now = 0;
        for (token, wait, look) in steps {
            now += wait;
            let purpose = if token { KeyPurpose::Token } else { KeyPurpose::OidcEdDsa };
            rotate(&ring, purpose, now);
            for moment in [now, now + look, now] {
                for kind in [KeySetView::All, KeySetView::NoX5c, KeySetView::Rsa, KeySetView::RsaBare] {
                    let fresh = open(&path, 0);
                    let kept = ring.published_view(kind, at(moment));
                    let written = fresh.published_view(kind, at(moment));
                    prop_assert_eq!(kept.body(), written.body());
                    prop_assert_eq!(kept.etag(), written.etag());
                }
            }
        }
    }
}

/// Purposes with a key from the beginning; those of SAML have one when they need it.
const AT_FIRST: usize = KeyPurpose::ALL.len() - 2;

/// A key file of which every case begins, because RSA keys take long to make.
static SEED: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
