//! How many modules ended how.

use std::fmt;

/// How a module ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every requirement is met.
    Passed,
    /// Every requirement is met; a recommendation is not.
    Warned(Vec<String>),
    /// It asks for an optional feature that the server does not advertise.
    Skipped(String),
    /// A requirement is not met.
    Failed(String),
}

/// The sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    passed: usize,
    warned: usize,
    skipped: usize,
    failed: usize,
}

impl Count {
    /// One more.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        let place = match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Warned(_) => &mut self.warned,
            Outcome::Skipped(_) => &mut self.skipped,
            Outcome::Failed(_) => &mut self.failed,
        };
        *place += 1;
    }

    /// Whether something ran, and nothing failed.
    pub(crate) const fn is_good(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            warned,
            skipped,
            failed,
        } = self;
        write!(
            formatter,
            "{passed} passed, {warned} warned, {skipped} skipped, {failed} failed"
        )
    }
}
