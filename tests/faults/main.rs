//! The fault list of operations 3.7: real processes of `idp`, real engines that this program starts itself, one oracle a row.
//!
//! A row is one line, `row N name: ok (figures)` or `failed (why)`; the last line counts them. `--short` is what every change runs, the
//! form without it has the numbers of the list. What somebody was told is held against the store, which is asked past the server.
//!
//! | row | fault | where |
//! |---|---|---|
//! | 1, 2, 3 | races at two instances | [`races`] |
//! | 4 | `kill -9` under load | [`processes`] |
//! | - | issue 4, "Must hold": three instances, everything killed in turn | [`processes`] |
//! | 5, 6, 7 | Redis lost, failed over, restored from an old dump | [`redis`] |
//! | 8 | PostgreSQL killed, restarted, locked, read-only, full | [`postgres`] |
//! | 9 | SQLite busy, full, killed; enrolments and revocations in `../tests/crash.rs` | [`sqlite`] |
//! | 10, 11 | held connections, WebSocket flood | [`edge`] |
//! | 12, 13 | push bombing, guessed codes | [`limits`] |
//! | 14 | enumeration by form and time; every other kind of answer in `../tests/oracle.rs` | [`enumeration`], long form |
//! | 15, 16 | a clock that steps; rotation while relying parties cache | [`clock`] |
//! | 17 | the token of a signing key is gone | `../tests/pkcs11.rs`, `operations_3_7_17_*`: a real SoftHSM token is pulled out and comes back |
//! | 18 | malformed inputs | schemathesis, every operation of the document, in `../run`; by hand in `../tests/bad_input.rs` |
//! | 22 | a push provider is down, slow, or says 429 | `../tests/push/trouble.rs`: circuit, lanes, cap; what each provider says in its file there |
//! | 23 | upgrade and downgrade | [`upgrade`], long form |
//! | 24 | backup and restore | [`backup`] |
//! | 25 | a changed audit log | [`tamper`] |
//! | 26 | hours under load | [`soak`], long form |

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a row fails by panicking, and reads JSON by its members"
)]

mod backup;
mod clock;
mod customers;
mod edge;
mod enumeration;
mod limits;
mod postgres;
mod processes;
mod races;
mod redis;
mod scene;
mod soak;
mod sqlite;
mod suite;
mod tamper;
mod truth;
mod upgrade;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::suite::{Form, Row, Running, Stage, run};

const fn row(number: &'static str, name: &'static str, run: fn(Stage) -> Running) -> Row {
    Row {
        number,
        name,
        only_long: false,
        run,
    }
}

const fn only_long(number: &'static str, name: &'static str, run: fn(Stage) -> Running) -> Row {
    Row {
        only_long: true,
        ..row(number, name, run)
    }
}

const ROWS: &[Row] = &[
    row("1", "approval race", |stage| Box::pin(races::approvals(stage))),
    row("2", "code redemption race", |stage| Box::pin(races::codes(stage))),
    row("3", "refresh rotation race", |stage| {
        Box::pin(races::refreshes(stage))
    }),
    row("4", "kill -9 of the server", |stage| {
        Box::pin(processes::kills(stage))
    }),
    row("5", "Redis lost", |stage| Box::pin(redis::outages(stage))),
    row("6", "Redis fails over with lag", |stage| {
        Box::pin(redis::failover(stage))
    }),
    row("7", "Redis restored from an old dump", |stage| {
        Box::pin(redis::old_dump(stage))
    }),
    row("8", "PostgreSQL lost", |stage| Box::pin(postgres::outages(stage))),
    row("9", "SQLite busy, full, killed", |stage| {
        Box::pin(sqlite::outages(stage))
    }),
    row("10", "slow loris", |stage| Box::pin(edge::slow_loris(stage))),
    row("11", "WebSocket flood", |stage| Box::pin(edge::websockets(stage))),
    row("12", "push bombing", |stage| {
        Box::pin(limits::push_bombing(stage))
    }),
    row("13", "code guessing", |stage| Box::pin(limits::guessing(stage))),
    only_long("14", "enumeration", |stage| Box::pin(enumeration::timing(stage))),
    row("15", "clock skew", |stage| Box::pin(clock::skew(stage))),
    row("16", "key rotation under load", |stage| {
        Box::pin(clock::rotation(stage))
    }),
    only_long("23", "upgrade and downgrade", |stage| {
        Box::pin(upgrade::rolling(stage))
    }),
    row("24", "backup of PostgreSQL", |stage| {
        Box::pin(backup::postgresql(stage))
    }),
    row("24b", "backup of SQLite", |stage| Box::pin(backup::sqlite(stage))),
    row("25", "audit tamper", |stage| Box::pin(tamper::audit(stage))),
    only_long("26", "soak", |stage| Box::pin(soak::soak(stage))),
    row("4+5+8", "three instances", |stage| {
        Box::pin(processes::three(stage))
    }),
];

/// Runs the fault list of operations 3.7 against servers of this tree.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only rows whose line contains this text, such as `row 8 ` or `Redis`
    filter: Option<String>,
    /// The short form: seconds a row
    #[arg(long)]
    short: bool,
    /// Only the rows' names
    #[arg(long)]
    list: bool,
    /// The server; the `idp` beside this program, built as it stands, unless given
    #[arg(long, value_name = "FILE")]
    idp: Option<PathBuf>,
    /// Logins a second of the run on three instances; 20 in the short form and 200 in the long one unless given
    #[arg(long, value_name = "NUMBER")]
    rate: Option<f64>,
    /// Seconds of the soak; none in the short form and 7200 in the long one unless given
    #[arg(long, value_name = "SECONDS")]
    soak: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(program) = arguments.idp {
        tests::command::choose(program);
    }
    let form = if arguments.short { Form::Short } else { Form::Long };
    let filter = arguments.filter.unwrap_or_default();
    let selected = ROWS.iter().filter(|row| {
        format!("{row}:").contains(&filter) && (form == Form::Long || !row.only_long || !filter.is_empty())
    });
    if arguments.list {
        selected.for_each(|row| say(&row.to_string()));
        return ExitCode::SUCCESS;
    }
    let count = run(selected, &Stage::new(form, arguments.soak, arguments.rate));
    say(&format!("\n{} passed, {} failed", count.passed, count.failed));
    if count.failed == 0 && count.passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
