//! Issue "Production", "Must hold": key rotation under load, and no verifier that follows Cache-Control ever fails.

use std::collections::BTreeSet;

use idp_jose::jws::{self, Expectation};
use idp_jose::{Algorithm, JwkSet};
use idp_server::crypto::AwsVerifier;
use idp_types::Timestamp;
use tests::{Call, TestServer};

use crate::instances::{Pair, verify};
use crate::keys_shared::{JWKS, active, kid_of, rotate, until_published};
use crate::postgres::{migrated, on};

/// A relying party that reads the key set when its copy is too old, as Cache-Control says, and never in between.
struct Verifier {
    set: JwkSet,
    etag: String,
    until: Timestamp,
    reads: usize,
}

impl Verifier {
    fn new() -> Self {
        Self {
            set: JwkSet::new(Vec::new()),
            etag: String::new(),
            until: Timestamp::from_unix_seconds(0),
            reads: 0,
        }
    }

    async fn follow(&mut self, server: &TestServer) {
        if server.now() < self.until {
            return;
        }
        let call = Call::get(JWKS).header("if-none-match", &self.etag);
        let answer = server.send(call).await;
        if answer.status.as_u16() != 304 {
            answer.expect(200);
            self.set = JwkSet::parse(&answer.body, JwkSet::LIMIT).unwrap();
            self.etag = answer.header("etag");
            self.reads += 1;
        }
        let caching = answer.header("cache-control");
        let seconds = caching.split("max-age=").nth(1).unwrap().parse().unwrap();
        self.until = server.now().plus_seconds(seconds);
    }

    /// The name of the key that signed it.
    fn check(&self, token: &str, typ: &str) -> String {
        let parsed = jws::parse(token, 64 * 1024).unwrap();
        let kid = parsed.header().kid.clone().unwrap();
        let mut keys = self.set.keys().iter();
        let key = keys.find(|key| key.kid.as_deref() == Some(kid.as_str()));
        let key = key.unwrap_or_else(|| panic!("no verifier knows {kid}"));
        let expectation = Expectation {
            algorithms: &[Algorithm::Es256],
            typ,
        };
        parsed.verify(&AwsVerifier, &key.key, &expectation).unwrap();
        kid
    }
}

const MINUTE: i64 = 60;

/// Tokens that are issued at both instances while keys rotate again and again verify as long as they are valid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_verifier_that_follows_cache_control_fails_while_keys_rotate() {
    const ROTATIONS: usize = 4;
    let database = migrated();
    let pair = Pair::start(|config| on(config, &database)).await;
    let mut verifiers = [Verifier::new(), Verifier::new()];
    let mut valid: Vec<(String, Timestamp)> = Vec::new();
    let (mut signers, mut last) = (BTreeSet::new(), active(&pair.one, "token").await);
    let mut turn = [&pair.one, &pair.other];
    while signers.len() <= ROTATIONS {
        turn.reverse();
        let [here, there] = turn;
        let made = kid_of(&rotate(here, "token").await);
        if made != last {
            // Instances know of a new key within half a minute; it signs two hours later.
            until_published(there, &made, true).await;
            last = made;
        }
        let login = pair.service.initiate(here, pair.jean.token_id.as_str()).await;
        there.send(verify(&pair.approval().await)).await.expect(200);
        let result = Call::get(format!("/auth/result/{}", login.session_id));
        let result = pair.service.send(there, result).await.expect(200);
        let jwt = result["jwt"].as_str().unwrap().to_owned();
        valid.push((jwt, here.now().plus_seconds(60 * MINUTE)));
        valid.retain(|(_, until)| here.now() < *until);
        let statuses = here.send(Call::get("/status/tokens/1")).await;
        for (verifier, server) in verifiers.iter_mut().zip(turn) {
            verifier.follow(server).await;
            verifier.check(&statuses.text(), "statuslist+jwt");
            for (jwt, _) in &valid {
                signers.insert(verifier.check(jwt, "idtoken+jwt"));
            }
        }
        pair.one.clock.advance(15 * MINUTE);
    }
    let reads: Vec<_> = verifiers.iter().map(|verifier| verifier.reads).collect();
    assert!(
        reads.iter().all(|reads| *reads > ROTATIONS),
        "the copies changed: {reads:?}"
    );
}
