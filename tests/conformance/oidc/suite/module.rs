//! A module of the conformance suite and what it can say beside failing.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use idp_server::config::Config;
use tests::TestServer;

use super::count::Outcome;

/// The origin that every server of the suite is known by, as behind a proxy that ends TLS.
const ISSUER: &str = "https://op.example";

/// What a plan changes for all of its modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// Nothing.
    Default,
    /// `response_mode=form_post` in every authorization request.
    FormPost,
    /// Signed request objects (RFC 9101) and signed answers (JARM).
    MessageSigning,
    /// CIBA clients are told that there is an answer.
    Ping,
    /// Clients authenticate by certificate (RFC 8705).
    Certificate,
}

/// A certification plan.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Its name in the suite.
    pub(crate) name: &'static str,
    /// What it changes.
    pub(crate) variant: Variant,
    /// Its modules, in order.
    pub(crate) modules: &'static [Entry],
}

impl Plan {
    /// The modules that a filter leaves.
    pub(crate) fn selected<'a>(&'a self, filter: &'a str) -> impl Iterator<Item = &'a Entry> {
        let is_whole = self.name.contains(filter);
        self.modules
            .iter()
            .filter(move |entry| is_whole || entry.title().contains(filter))
    }
}

/// A module under way. It stays on the thread that it began on.
pub(super) type Running = Pin<Box<dyn Future<Output = ()>>>;

/// A module in its plan.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The function's path.
    pub(crate) path: &'static str,
    /// The suite's name, where it is no function's name with hyphens.
    pub(crate) suite_name: &'static [&'static str],
    /// Starts it.
    pub(crate) run: fn(Module) -> Running,
}

impl Entry {
    /// The module's name, as the suite spells it.
    pub(crate) fn title(&self) -> String {
        let function = self.path.rsplit("::").next().unwrap_or_default();
        match self.suite_name {
            [name, ..] => (*name).to_owned(),
            [] => function.trim().replace('_', "-"),
        }
    }
}

/// The modules of a plan by the paths of their functions: `async fn name(module: Module)`, which panics where a requirement is not met.
/// A name with capitals or underscores stands behind it: `name as "Name"`.
macro_rules! entries {
    ($($name:path $(as $suite_name:literal)?),* $(,)?) => {
        &[$($crate::suite::Entry {
            path: stringify!($name),
            suite_name: &[$($suite_name)?],
            run: |module| Box::pin($name(module)),
        }),*]
    };
}
pub(crate) use entries;

#[derive(Debug, Default)]
struct Notes {
    warnings: Vec<String>,
    skipped: Option<String>,
}

/// A module that runs.
#[derive(Debug, Clone)]
pub(crate) struct Module {
    /// What its plan changes.
    pub(crate) variant: Variant,
    notes: Arc<Mutex<Notes>>,
}

impl Module {
    /// A module of a plan.
    pub(crate) fn new(variant: Variant) -> Self {
        Self {
            variant,
            notes: Arc::default(),
        }
    }

    /// A server of this module's own, in its default configuration.
    pub(crate) async fn server(&self) -> TestServer {
        self.server_with(|_| ()).await
    }

    /// The same, with what the module needs changed.
    pub(crate) async fn server_with(&self, change: impl FnOnce(&mut Config)) -> TestServer {
        TestServer::start_behind_proxy(ISSUER, change).await
    }

    /// A recommendation that is not met.
    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.notes().warnings.push(text.into());
    }

    /// An optional feature that is not advertised; the module returns then.
    pub(crate) fn skip(&self, reason: impl Into<String>) {
        self.notes().skipped = Some(reason.into());
    }

    /// How it ended, where it did not panic.
    pub(super) fn outcome(&self) -> Outcome {
        let notes = self.notes();
        match (&notes.skipped, notes.warnings.is_empty()) {
            (Some(reason), _) => Outcome::Skipped(reason.clone()),
            (None, true) => Outcome::Passed,
            (None, false) => Outcome::Warned(notes.warnings.clone()),
        }
    }

    fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
