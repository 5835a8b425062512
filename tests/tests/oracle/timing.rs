//! Profile 4, "same timing": the answers of every kind of tokenId come from one distribution.
//!
//! Samples are interleaved, so that whatever else the machine does falls on all kinds alike. The statistic is the two-sample
//! Kolmogorov-Smirnov distance: the largest difference between the two cumulative shares. For 300 samples each, chance alone exceeds
//! 0.25 once in 10^8 runs; an answer that took a database write longer would come near 1.

use std::time::{Duration, Instant};

use idp_types::encoding::base64url;
use serde_json::json;
use tests::Call;

use super::Cast;

const SAMPLES: usize = 300;
const DISTANCE: f64 = 0.25;

/// One step of the grid on which the server answers, and a little: a median between two steps may fall on either.
const MEDIANS: Duration = Duration::from_millis(6);

#[expect(
    clippy::disallowed_methods,
    reason = "the time that passes is what is measured"
)]
fn now() -> Instant {
    Instant::now()
}

fn median(samples: &[Duration]) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2]
}

/// The Kolmogorov-Smirnov distance of two samples.
fn distance(left: &[Duration], right: &[Duration]) -> f64 {
    let share = |samples: &[Duration], limit: Duration| {
        let below = samples.iter().filter(|sample| **sample <= limit).count();
        f64::from(u32::try_from(below).unwrap()) / f64::from(u32::try_from(samples.len()).unwrap())
    };
    let points = left.iter().chain(right);
    points
        .map(|point| (share(left, *point) - share(right, *point)).abs())
        .fold(0.0, f64::max)
}

/// Compares every kind with the first.
fn compare(kinds: &[&str], samples: &[Vec<Duration>]) {
    for (kind, other) in kinds.iter().zip(samples).skip(1) {
        let (apart, reference) = (distance(&samples[0], other), &samples[0]);
        let (left, right) = (median(reference), median(other));
        assert!(
            apart < DISTANCE,
            "{} and {kind}: distance {apart:.3}, medians {left:?} and {right:?}",
            kinds[0]
        );
        assert!(
            left.abs_diff(right) < MEDIANS,
            "{} and {kind}: medians {left:?} and {right:?}",
            kinds[0]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn initiate_takes_the_same_time_for_everybody() {
    let cast = Cast::assemble().await;
    let kinds: Vec<(&str, String)> = cast
        .kinds
        .iter()
        .filter(|(kind, _)| ["enrolled", "unknown", "revoked", "locked"].contains(kind))
        .cloned()
        .collect();
    let mut samples = vec![Vec::new(); kinds.len()];
    for round in 0..SAMPLES + 20 {
        for turn in 0..kinds.len() {
            // Nobody is always first.
            let index = (turn + round) % kinds.len();
            let token_id = &kinds[index].1;
            let begun = now();
            cast.service
                .try_initiate(&cast.server, token_id, json!({}))
                .await
                .expect(200);
            // The first ones warm connections and caches.
            if round >= 20 {
                samples[index].push(now() - begun);
            }
        }
    }
    compare(&kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), &samples);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_signature_takes_the_same_time_for_everybody() {
    let cast = Cast::assemble().await;
    let kinds: Vec<(&str, String)> = cast
        .kinds
        .iter()
        .filter(|(kind, _)| ["enrolled", "unknown"].contains(kind))
        .cloned()
        .collect();
    let mut samples = vec![Vec::new(); kinds.len()];
    for round in 0..SAMPLES + 20 {
        for turn in 0..kinds.len() {
            // Nobody is always first.
            let index = (turn + round) % kinds.len();
            let token_id = &kinds[index].1;
            let login = cast.service.initiate(&cast.server, token_id).await;
            let body = json!({
                "sessionId": login.session_id, "tokenId": token_id, "otp": login.code,
                "timestamp": cast.server.now().unix_seconds(), "grantedScopes": [], "signature": base64url(&[1; 64]),
            });
            let begun = now();
            cast.server
                .send(Call::post("/auth/verify", &body))
                .await
                .expect_problem(401, "invalid_signature");
            if round >= 20 {
                samples[index].push(now() - begun);
            }
        }
    }
    compare(&kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), &samples);
}

#[test]
fn the_distance_sees_a_difference_and_no_other() {
    let samples = |from: u64| (from..from + 100).map(Duration::from_millis).collect::<Vec<_>>();
    assert!(distance(&samples(0), &samples(0)).abs() < f64::EPSILON);
    assert!((distance(&samples(0), &samples(100)) - 1.0).abs() < f64::EPSILON);
    assert!((distance(&samples(0), &samples(50)) - 0.5).abs() < f64::EPSILON);
}
