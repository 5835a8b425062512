//! Row 14: whether an answer tells, by its form or its time, who is enrolled.

use std::time::Duration;

use tests::Answer;
use tokio::time::Instant;

use crate::scene::Scene;
use crate::suite::Stage;

/// The statistic of Kolmogorov and Smirnov for two samples.
fn distance(left: &[Duration], right: &[Duration]) -> f64 {
    let share = |samples: &[Duration], limit: Duration| {
        let below = samples.partition_point(|sample| *sample <= limit);
        f64::from(u32::try_from(below).expect("few samples"))
            / f64::from(u32::try_from(samples.len()).expect("few samples"))
    };
    let points = left.iter().chain(right);
    points
        .map(|point| (share(left, *point) - share(right, *point)).abs())
        .fold(0.0, f64::max)
}

/// How probable it is that two samples of one distribution, of this size each, are so far apart at least (the asymptotic formula with
/// Stephens's correction).
fn probability(distance: f64, size: usize) -> f64 {
    let effective = (f64::from(u32::try_from(size).expect("few samples")) / 2.0).sqrt();
    let lambda = (effective + 0.12 + 0.11 / effective) * distance;
    if lambda < 0.3 {
        return 1.0;
    }
    let term = |j: i32| {
        let sign = if j % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(j * j) * lambda * lambda).exp()
    };
    (1..=100).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// What of an answer does not differ from session to session.
fn shape(answer: &Answer) -> (u16, Vec<String>, Vec<String>, usize) {
    let body = answer.json();
    let members = body
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone());
    (
        answer.status.as_u16(),
        answer.header_names(),
        members.collect(),
        answer.body.len(),
    )
}

/// Known and unknown tokenIds, in turns: the same form, and times of one distribution.
pub(crate) async fn timing(_stage: Stage) -> String {
    const SAMPLES: usize = 2_000;
    let scene = Scene::embedded(|_| ()).await;
    let phone = scene.phone().await;
    let known = phone.wallet.identity().token_id.to_string();
    let unknown = format!("{}{}", &known[..known.len() - 4], "zzzz");
    // By chance alone one run in a hundred is below the bound; two in a row are no chance.
    let mut probabilities = Vec::new();
    for _ in 0..2 {
        let mut times = [Vec::new(), Vec::new()];
        let mut shapes = Vec::new();
        for round in 0..SAMPLES + 50 {
            for turn in 0..2 {
                let kind = (turn + round) % 2;
                let token_id = if kind == 0 { &known } else { &unknown };
                let begun = Instant::now();
                let answer = scene
                    .service
                    .try_initiate(&scene.site, token_id, serde_json::json!({}))
                    .await;
                if round >= 50 {
                    times[kind].push(begun.elapsed());
                }
                shapes.push(shape(&answer));
            }
        }
        shapes.dedup();
        assert_eq!(
            shapes.len(),
            1,
            "answers differ: {:?} and {:?}",
            shapes[0],
            shapes[1]
        );
        for times in &mut times {
            times.sort();
        }
        probabilities.push(probability(distance(&times[0], &times[1]), SAMPLES));
        if probabilities.iter().any(|p| *p > 0.01) {
            scene.assert_sound();
            return format!("{SAMPLES} samples each, one form, p = {probabilities:.3?}");
        }
    }
    panic!("known and unknown differ in time: p = {probabilities:?}");
}
