//! Runs modules, a few at once, and says how each ended in the order of its plan.

use std::any::Any;
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, stream};

use super::count::{Count, Outcome};
use super::module::{Entry, Module, Plan, Running, Variant};
use crate::say;

/// Modules at once: each has a server of its own, and most of a module is waiting for signatures.
const AT_ONCE: usize = 4;

/// The longest that a module may take: the servers' clocks are moved, nothing waits for real.
const PATIENCE: Duration = Duration::from_mins(2);

thread_local! {
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs what the filter leaves of the plans.
pub(crate) fn run(plans: &[Plan], filter: &str) -> Count {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        PLACE.with_borrow_mut(|last| *last = place);
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let mut count = Count::default();
    let mut heading = "";
    for plan in plans {
        let selected: Vec<&Entry> = plan.selected(filter).collect();
        if !selected.is_empty() {
            if heading != plan.name {
                heading = plan.name;
                say(&format!("\n{heading}"));
            }
            runtime.block_on(run_plan(plan.variant, &selected, &mut count));
        }
    }
    count
}

async fn run_plan(variant: Variant, entries: &[&Entry], count: &mut Count) {
    let mut running = stream::iter(entries.iter().map(|entry| {
        let (title, start) = (entry.title(), entry.run);
        async move {
            let runtime = tokio::runtime::Handle::current();
            let task = move || runtime.block_on(supervise(variant, start));
            let outcome = tokio::task::spawn_blocking(task).await;
            let outcome = outcome.unwrap_or_else(|error| Outcome::Failed(error.to_string()));
            (title, outcome)
        }
    }))
    .buffered(AT_ONCE);
    while let Some((title, outcome)) = running.next().await {
        count.add(&outcome);
        tell(&title, &outcome);
    }
}

async fn supervise(variant: Variant, start: fn(Module) -> Running) -> Outcome {
    let module = Module::new(variant);
    let whole = AssertUnwindSafe(start(module.clone())).catch_unwind();
    match tokio::time::timeout(PATIENCE, whole).await {
        Ok(Ok(())) => module.outcome(),
        Ok(Err(panic)) => Outcome::Failed(format!(
            "{} ({})",
            text(panic.as_ref()),
            PLACE.with_borrow(Clone::clone)
        )),
        Err(_) => Outcome::Failed("it took too long".to_owned()),
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let known = panic.downcast_ref::<String>().cloned();
    known
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without words".to_owned())
}

fn tell(title: &str, outcome: &Outcome) {
    match outcome {
        Outcome::Passed => say(&format!("  PASSED   {title}")),
        Outcome::Warned(reasons) => say(&format!("  WARNING  {title}: {}", reasons.join("; "))),
        Outcome::Skipped(reason) => say(&format!("  SKIPPED  {title}: {reason}")),
        Outcome::Failed(reason) => say(&format!("  FAILED   {title}: {reason}")),
    }
}
