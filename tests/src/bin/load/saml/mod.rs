//! `load saml`: what a signed response costs, split into XML and signature, and what a hostile message costs before it is refused.
//!
//! No server runs: issuing and refusing are the pure crate `saml` and aws-lc-rs, as the server puts them together, on one core, in the
//! thread's own time. Database and HTTP are what `load oidc` measures.
//!
//! | what | module |
//! |---|---|
//! | keys of the kinds that service providers read | [`key`] |
//! | responses: assertion signed, both signed, encrypted | [`issue`] |
//! | the hostile corpus (`saml.md` 1.4 and 4) | [`hostile`] |

mod hostile;
mod issue;
mod key;

use std::path::PathBuf;

use serde::Serialize;

use self::issue::Issued;
use self::key::Kind;
use crate::error::LoadError;
use crate::report::{Aim, aims_table, number, publish, table};

/// What a hostile message may cost, in milliseconds.
const HOSTILE_LIMIT: f64 = 50.0;

/// What `load saml` is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to write the report as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Report {
    responses: Vec<Issued>,
    hostile: Vec<hostile::Refused>,
    aims: Vec<Aim>,
}

/// Runs the benchmark.
///
/// # Errors
/// [`LoadError`] when something does not work, a hostile message that is taken included; never because a figure misses its bound.
pub(crate) fn run(arguments: &Arguments) -> Result<(), LoadError> {
    let mut responses = Vec::new();
    for kind in Kind::ALL {
        responses.extend(issue::measure(kind)?);
    }
    let hostile = hostile::measure()?;
    let report = Report {
        aims: aims(&responses, &hostile),
        responses,
        hostile,
    };
    publish(&report.text(), &report, arguments.json.as_deref())
}

fn aims(responses: &[Issued], hostile: &[hostile::Refused]) -> Vec<Aim> {
    let rate = |kind: Kind| {
        let found = responses
            .iter()
            .find(|one| one.kind == kind && one.form == issue::Form::Assertion);
        found.map_or(0.0, Issued::per_second)
    };
    let slowest = hostile.iter().map(|one| one.milliseconds).fold(0.0, f64::max);
    let unit = "responses/s per core";
    vec![
        Aim::at_least("signed responses, RSA-2048", rate(Kind::Rsa2048), 4000.0, unit),
        Aim::at_least("signed responses, P-256", rate(Kind::P256), 40_000.0, unit),
        Aim::at_most("the slowest hostile message", slowest, HOSTILE_LIMIT, "ms"),
    ]
}

impl Report {
    fn text(&self) -> String {
        let mut rows =
            vec![["response", "XML us", "signature us", "whole us", "per second"].map(str::to_owned)];
        rows.extend(self.responses.iter().map(|one| {
            [
                format!("{}, {}", one.kind.as_str(), one.form.as_str()),
                number(one.xml),
                number(one.signature),
                number(one.whole),
                number(one.per_second()),
            ]
        }));
        let mut refused = vec![["hostile message", "bytes", "ms"].map(str::to_owned)];
        refused.extend(self.hostile.iter().map(|one| {
            let bytes = one.bytes.to_string();
            [one.name.to_owned(), bytes, number(one.milliseconds)]
        }));
        format!(
            "{}\n\n{}\n\n{}",
            table(&rows),
            table(&refused),
            aims_table(&self.aims)
        )
    }
}
