//! The OpenID Foundation's conformance modules, rewritten as black boxes from their descriptions (`federation-oidc.md` 3a to 3c): one
//! function a module, of the module's name, against a server of its own that is reached over HTTP alone.
//!
//! A module passes, warns (certification accepts that), is skipped with a reason (an optional feature that the server does not
//! advertise) or fails. The last line counts them; a failure is the exit status 1.
//!
//! | plan | module | profile |
//! |---|---|---|
//! | `oidcc-basic-certification-test-plan` | [`basic`] | Basic OP |
//! | `oidcc-formpost-basic-certification-test-plan` | [`basic`], with `response_mode=form_post` | Form Post OP |
//! | `oidcc-config-certification-test-plan` | [`config`] | Config OP |
//! | `oidcc-dynamic-certification-test-plan` | [`dynamic`] | Dynamic OP, without implicit response types |
//! | `oidcc-rp-initiated-logout-certification-test-plan` | [`logout::rp_initiated`] | RP-Initiated OP |
//! | `oidcc-backchannel-rp-initiated-logout-certification-test-plan` | [`logout::back_channel`] | Back-Channel OP |
//! | `oidcc-frontchannel-rp-initiated-logout-certification-test-plan` | [`logout::front_channel`] | Front-Channel OP |
//! | `oidcc-session-management-certification-test-plan` | [`logout::session_management`] | Session OP, which is left out |
//! | `fapi2-security-profile-final-test-plan` | [`fapi2`] | FAPI2SP OP, `private_key_jwt` and DPoP |
//! | `fapi2-message-signing-final-test-plan` | [`fapi2`], with signed requests and answers | FAPI2MS OP JAR and JARM |
//! | `fapi-ciba-id1-test-plan` | [`ciba`] | FAPI-CIBA OP: poll and ping with `private_key_jwt`, poll with certificates |

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a module fails by panicking, and reads JSON by its members"
)]

mod basic;
mod ciba;
mod client;
mod config;
mod dynamic;
mod fapi2;
mod logout;
mod suite;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;

use crate::suite::{Plan, Variant, run};

const PLANS: &[Plan] = &[
    Plan {
        name: "oidcc-basic-certification-test-plan",
        variant: Variant::Default,
        modules: basic::MODULES,
    },
    Plan {
        name: "oidcc-formpost-basic-certification-test-plan",
        variant: Variant::FormPost,
        modules: basic::MODULES,
    },
    Plan {
        name: "oidcc-config-certification-test-plan",
        variant: Variant::Default,
        modules: config::MODULES,
    },
    Plan {
        name: "oidcc-dynamic-certification-test-plan",
        variant: Variant::Default,
        modules: dynamic::MODULES,
    },
    Plan {
        name: "oidcc-rp-initiated-logout-certification-test-plan",
        variant: Variant::Default,
        modules: logout::rp_initiated::MODULES,
    },
    Plan {
        name: "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
        variant: Variant::Default,
        modules: logout::back_channel::MODULES,
    },
    Plan {
        name: "oidcc-frontchannel-rp-initiated-logout-certification-test-plan",
        variant: Variant::Default,
        modules: logout::front_channel::MODULES,
    },
    Plan {
        name: "oidcc-session-management-certification-test-plan",
        variant: Variant::Default,
        modules: logout::session_management::MODULES,
    },
    Plan {
        name: "fapi2-security-profile-final-test-plan",
        variant: Variant::Default,
        modules: fapi2::MODULES,
    },
    Plan {
        name: "fapi2-message-signing-final-test-plan",
        variant: Variant::MessageSigning,
        modules: fapi2::MODULES,
    },
    Plan {
        name: "fapi2-message-signing-final-test-plan",
        variant: Variant::MessageSigning,
        modules: fapi2::REQUEST_OBJECTS,
    },
    Plan {
        name: "fapi-ciba-id1-test-plan[client_auth_type=private_key_jwt][ciba_mode=poll]",
        variant: Variant::Default,
        modules: ciba::MODULES,
    },
    Plan {
        name: "fapi-ciba-id1-test-plan[client_auth_type=private_key_jwt][ciba_mode=ping]",
        variant: Variant::Ping,
        modules: ciba::PING_MODULES,
    },
    Plan {
        name: "fapi-ciba-id1-test-plan[client_auth_type=mtls][ciba_mode=poll]",
        variant: Variant::Certificate,
        modules: ciba::CERTIFICATE_MODULES,
    },
];

/// Runs the conformance modules of OpenID Connect against servers of this tree.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only modules whose name, or whose plan's name, contains this text
    filter: Option<String>,
    /// Only the modules' names
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = arguments.filter.unwrap_or_default();
    if arguments.list {
        for plan in PLANS {
            for entry in plan.selected(&filter) {
                say(&format!("{} {}", plan.name, entry.title()));
            }
        }
        return ExitCode::SUCCESS;
    }
    let count = run(PLANS, &filter);
    say(&format!("\nOpenID conformance: {count}"));
    if count.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
