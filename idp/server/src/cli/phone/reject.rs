//! `idp phone reject` (profile 4.3).

use clap::ValueEnum;
use idp_authenticator::approval::Answered;
use idp_authenticator::{DeclineReason, decline};
use idp_types::SessionId;
use serde_json::json;

use super::client::{Client, now};
use super::poll;
use super::store::StoreArgument;
use crate::cli::{CliError, Output};

/// Why.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Reason {
    /// I do not want to.
    Declined,
    /// The codes differ.
    Mismatch,
    /// I asked for nothing: the service is blocked for ten minutes.
    #[value(alias = "not_me")]
    NotMe,
}

/// What to decline.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  idp phone reject\n  idp phone reject --session sess_... --reason not-me"
)]
pub(in crate::cli) struct Arguments {
    /// Which request, where several wait.
    #[arg(long, value_name = "ID")]
    session: Option<SessionId>,
    /// Why.
    #[arg(long, value_enum, default_value = "declined")]
    reason: Reason,
    #[command(flatten)]
    store: StoreArgument,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let wallet = arguments.store.store()?.open()?;
    let client = Client::of(&wallet)?;
    let selection = poll::Selection {
        session: arguments.session.as_ref(),
        code: None,
    };
    let request = poll::only(&client, &wallet, selection).await?;
    let reason = match arguments.reason {
        Reason::Declined => DeclineReason::Declined,
        Reason::Mismatch => DeclineReason::Mismatch,
        Reason::NotMe => DeclineReason::NotMe,
    };
    let body = decline(
        wallet.identity(),
        wallet.key(),
        &request.session_id,
        reason,
        now(),
    );
    let answer = client.post("/auth/reject", &body).await?.accepted()?;
    if Answered::parse(&answer) != Ok(Answered::Declined) {
        return Err(CliError::failed(
            "the server's answer cannot be read",
            "it does not say that it was declined",
            "",
        ));
    }
    let value = json!({
        "rejected": true, "sessionId": request.session_id, "serviceId": request.service.service_id, "reason": reason.as_str(),
    });
    arguments.output.print(
        &value,
        &format!("declined: {} receives nothing", request.service.name),
    )
}
