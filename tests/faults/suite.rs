//! Runs rows one after the other, and says how each ended.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tests::Cluster;
use tokio::time::Instant;

use crate::say;

/// What a row proves with: figures for the report. A fault is a panic.
pub(crate) type Running = Pin<Box<dyn Future<Output = String>>>;

/// How much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Seconds a row: for every change.
    Short,
    /// The numbers of operations 3.7.
    Long,
}

impl Form {
    /// The short form's number, or the long one's.
    pub(crate) fn pick<T>(self, short: T, long: T) -> T {
        match self {
            Self::Short => short,
            Self::Long => long,
        }
    }
}

/// What rows are told.
#[derive(Clone)]
pub(crate) struct Stage {
    /// How much of it.
    pub(crate) form: Form,
    /// How long the soak lasts, where it was asked for.
    pub(crate) soak: Option<Duration>,
    /// Logins a second of the run on three instances, where they were asked for.
    pub(crate) rate: Option<f64>,
    cluster: Rc<RefCell<Option<Rc<Cluster>>>>,
}

impl Stage {
    pub(crate) fn new(form: Form, soak: Option<u64>, rate: Option<f64>) -> Self {
        Self {
            form,
            soak: soak.map(Duration::from_secs),
            rate,
            cluster: Rc::default(),
        }
    }

    /// A PostgreSQL for rows that do it no harm.
    pub(crate) fn cluster(&self) -> Rc<Cluster> {
        let mut cluster = self.cluster.borrow_mut();
        cluster.get_or_insert_with(|| Rc::new(Cluster::start())).clone()
    }
}

/// A row of operations 3.7, or what the issue asks beside them.
pub(crate) struct Row {
    /// Its number, with a letter where several prove it.
    pub(crate) number: &'static str,
    /// What it is about.
    pub(crate) name: &'static str,
    /// Whether it takes too long for every change.
    pub(crate) only_long: bool,
    pub(crate) run: fn(Stage) -> Running,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} {}", self.number, self.name)
    }
}

thread_local! {
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// How many rows were well, and how many not.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

/// Runs these.
pub(crate) fn run<'a>(rows: impl Iterator<Item = &'a Row>, stage: &Stage) -> Count {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        PLACE.with_borrow_mut(|last| *last = place);
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut count = Count::default();
    for row in rows {
        match runtime.block_on(supervise(row, stage)) {
            Ok(figures) => {
                count.passed += 1;
                say(&format!("{row}: ok ({figures})"));
            }
            Err(fault) => {
                count.failed += 1;
                say(&format!("{row}: failed ({fault})"));
            }
        }
    }
    count
}

async fn supervise(row: &Row, stage: &Stage) -> Result<String, String> {
    let patience = Duration::from_mins(stage.form.pick(5, 180));
    let begun = Instant::now();
    let whole = AssertUnwindSafe((row.run)(stage.clone())).catch_unwind();
    match tokio::time::timeout(patience, whole).await {
        Ok(Ok(figures)) => Ok(format!("{figures}; {} s", begun.elapsed().as_secs())),
        Ok(Err(panic)) => {
            let place = PLACE.with_borrow(Clone::clone);
            Err(format!("{} at {place}", text(panic.as_ref())))
        }
        Err(_) => Err("it took too long".to_owned()),
    }
}

fn text(panic: &(dyn Any + Send)) -> String {
    let known = panic.downcast_ref::<String>().cloned();
    known
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without words".to_owned())
}
