//! What changes the ring, and what is refused.

use super::*;
use crate::config::SealKeySource;
use crate::keys::{KeyError, seal_key as seal_key_of};

fn kid(text: &str) -> KeyId {
    KeyId::parse(text).unwrap()
}

#[test]
fn of_two_who_rotate_at_once_one_makes_the_key_and_both_have_it() {
    let (_folder, path) = place();
    let rings = [open(&path, 0), open(&path, 0)];
    let [one, other] = [&rings[0], &rings[1]];
    let both = async {
        tokio::join!(
            one.rotate(KeyPurpose::OidcRs256, at(10)),
            other.rotate(KeyPurpose::OidcRs256, at(10))
        )
    };
    let (first, second) = wait(both);
    let made = match (first.unwrap(), second.unwrap()) {
        (Rotated::Made(made), Rotated::Waiting(seen)) | (Rotated::Waiting(seen), Rotated::Made(made)) => {
            assert_eq!(made, seen);
            made
        }
        other => panic!("{other:?}"),
    };
    for ring in &rings {
        wait(ring.reload()).unwrap();
        let kids: Vec<_> = ring.lives().into_iter().map(|life| life.kid).collect();
        assert_eq!(kids.iter().filter(|kid| **kid == made).count(), 1);
        assert_eq!(kids.len(), AT_FIRST + 1);
    }
}

#[test]
fn a_retired_key_is_gone_from_every_ring_and_its_successor_signs() {
    let (_folder, path) = place();
    let (ring, other) = (open(&path, 0), open(&path, 0));
    let old = ring.active(KeyPurpose::Token, at(0)).unwrap().kid().to_owned();
    let unknown = wait(ring.retire(KeyPurpose::OidcRs256, &kid(&old), at(10)));
    assert!(matches!(unknown, Err(KeyError::Unknown(_))), "another purpose");
    let retired = wait(ring.retire(KeyPurpose::Token, &kid(&old), at(10))).unwrap();
    wait(other.reload()).unwrap();
    let again = wait(other.retire(KeyPurpose::Token, &kid(&old), at(20))).unwrap();
    assert_eq!(again.successor, None, "nothing is left to do");
    for ring in [&ring, &other, &open(&path, 20)] {
        let signs = ring.active(KeyPurpose::Token, at(20)).unwrap();
        assert_eq!(Some(&signs.life.kid), retired.successor.as_ref());
        assert!(!kids(ring, 20).contains(&old));
        assert_eq!(ring.verification(KeyPurpose::Token, &old, at(20)), None);
        assert_eq!(ring.remembered(KeyPurpose::Token, &old, at(20)), None);
    }
    let (_, stored) = read(&path);
    assert!(stored.keys.iter().all(|key| key.life.kid.as_str() != old));
}

#[test]
fn the_key_that_waits_takes_the_place_of_a_retired_one() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    let old = ring
        .active(KeyPurpose::OidcEdDsa, at(0))
        .unwrap()
        .life
        .kid
        .clone();
    let next = rotate(&ring, KeyPurpose::OidcEdDsa, 5);
    let retired = wait(ring.retire(KeyPurpose::OidcEdDsa, &old, at(10))).unwrap();
    assert_eq!(retired.successor, Some(next.clone()));
    assert_eq!(ring.active(KeyPurpose::OidcEdDsa, at(10)).unwrap().life.kid, next);
}

#[test]
fn a_key_from_outside_is_published_ahead_and_signs_later() {
    let (_folder, path) = place();
    let ring = open(&path, 0);
    for (purpose, kind) in [
        (KeyPurpose::Token, &rcgen::PKCS_ECDSA_P256_SHA256),
        (KeyPurpose::OidcEdDsa, &rcgen::PKCS_ED25519),
    ] {
        let pem = rcgen::KeyPair::generate_for(kind).unwrap().serialize_pem();
        let import = |purpose| wait(ring.import(purpose, &pem, at(100)));
        let Ok(Rotated::Made(kid)) = import(purpose) else {
            panic!("{purpose:?}");
        };
        assert_eq!(
            import(purpose).unwrap(),
            Rotated::Waiting(kid.clone()),
            "twice is once"
        );
        assert!(matches!(
            import(KeyPurpose::OidcRs256),
            Err(KeyError::Foreign("RS256"))
        ));
        assert!(kids(&ring, 100).contains(kid.as_str()));
        assert_ne!(ring.active(purpose, at(100)).unwrap().life.kid, kid);
        assert_eq!(ring.active(purpose, at(3 * DAY)).unwrap().life.kid, kid);
        let another = rcgen::KeyPair::generate_for(kind).unwrap().serialize_pem();
        let refused = wait(ring.import(purpose, &another, at(100)));
        assert!(matches!(refused, Err(KeyError::Upcoming(_))));
    }
    for text in [
        "",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        let refused = wait(ring.import(KeyPurpose::Token, text, at(0)));
        assert!(matches!(refused, Err(KeyError::Foreign("ES256"))));
    }
}

/// A fresh one would open nothing, and would be kept for the right one.
#[test]
fn no_sealing_key_is_made_for_keys_that_are_there() {
    let (folder, path) = place();
    let source = SealKeySource::File(folder.path().join("seal.key"));
    let home = KeyHome::File(path.clone());
    let made = wait(seal_key_of(&source, &home, None)).unwrap();
    let read = wait(seal_key_of(&source, &home, None)).unwrap();
    assert_eq!(made.expose(), read.expose());
    open(&path, 0);
    std::fs::remove_file(folder.path().join("seal.key")).unwrap();
    let refused = wait(seal_key_of(&source, &home, None));
    assert!(matches!(refused, Err(KeyError::NoSealKey { .. })));
    assert!(!folder.path().join("seal.key").exists());
    let settings = RingSettings::new(POLICY, 90, "https://login.example.com");
    let wrong = wait(KeyRing::open(home, &Secret::new([8; 32]), settings, at(0)));
    assert!(matches!(wrong, Err(KeyError::Sealed(_))));
}
