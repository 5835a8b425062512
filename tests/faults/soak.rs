//! Row 26: hours under load with browsers that wait.

use std::time::Duration;

use tests::{Browser, Frame, Site};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::customers::Customers;
use crate::edge::resident;
use crate::scene::Scene;
use crate::suite::Stage;
use crate::truth::{Truth, judge};

/// What the row allows, in an hour.
const PER_HOUR: f64 = 0.01;

fn descriptors(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}

/// Waits on one session after the other.
async fn wait(scene: (Site, tests::Registered), number: usize, going: watch::Receiver<bool>) {
    let (site, service) = scene;
    while *going.borrow() {
        let login = service.initiate(&site, &format!("nobody-{number}")).await;
        let mut browser = Browser::open(&site, &login).await;
        while matches!(
            browser.next_within(Duration::from_secs(90)).await,
            Frame::Message(_)
        ) {
            if !*going.borrow() {
                return;
            }
        }
    }
}

/// The slope of values at even distances, a step, as a share of their mean.
fn slope(values: &[f64]) -> f64 {
    let count = f64::from(u32::try_from(values.len()).expect("few values"));
    let mean = values.iter().sum::<f64>() / count;
    let middle = (count - 1.0) / 2.0;
    let places = (0_u32..).map(f64::from);
    let (above, below) = places
        .zip(values)
        .fold((0.0, 0.0), |(above, below), (place, value)| {
            (
                above + (place - middle) * (value - mean),
                below + (place - middle).powi(2),
            )
        });
    above / below / mean
}

/// Resident memory in KiB and open descriptors, again and again, once the first third has warmed allocator and caches.
async fn watch_process(process: u32, seconds: Duration) -> (Vec<f64>, Vec<usize>) {
    let begun = Instant::now();
    tokio::time::sleep(seconds / 3).await;
    let (mut memory, mut files) = (Vec::new(), Vec::new());
    while begun.elapsed() < seconds {
        #[expect(clippy::cast_precision_loss, reason = "KiB of a process")]
        memory.push(resident(process) as f64);
        files.push(descriptors(process));
        tokio::time::sleep(seconds / 200).await;
    }
    (memory, files)
}

/// Memory and descriptors do not grow once everything is warm.
pub(crate) async fn soak(stage: Stage) -> String {
    let seconds = stage
        .soak
        .unwrap_or(Duration::from_secs(stage.form.pick(60, 7_200)));
    let waiting = stage.form.pick(200, 5_000);
    let scene = Scene::embedded(|installation| {
        installation.set("limits", "max_connections_per_address", "20000");
    })
    .await;
    let process = scene.instances[0].id();
    let going = watch::Sender::new(true);
    let mut browsers = JoinSet::new();
    for number in 0..waiting {
        browsers.spawn(wait(
            (scene.site.clone(), scene.service.clone()),
            number,
            going.subscribe(),
        ));
    }
    let rate = stage.rate.unwrap_or(20.0);
    let customers = Customers::begin(&scene, scene.phones(24).await, Some(rate));
    let (memory, files) = watch_process(process, seconds).await;
    going.send_replace(false);
    let verdict = judge(&customers.end().await, &Truth::of(&scene).await);
    scene.assert_sound();
    let an_hour = slope(&memory) * 200.0 * 3600.0 / seconds.as_secs_f64();
    let (first, last) = (files[0], files[files.len() - 1]);
    assert!(
        seconds < Duration::from_mins(30) || an_hour < PER_HOUR,
        "memory grows by {:.1} percent an hour",
        an_hour * 100.0
    );
    assert!(
        last < first + waiting / 2 + 100,
        "descriptors grow: {first} to {last}"
    );
    format!(
        "{} s, {waiting} browsers wait, {rate} logins/s: {:.0} MiB, slope {:.2} percent an hour, {first} to {last} descriptors; {verdict}",
        seconds.as_secs(),
        memory[memory.len() - 1] / 1024.0,
        an_hour * 100.0
    )
}
