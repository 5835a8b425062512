//! `idp client registration-token`.

use idp_types::ServiceId;
use serde_json::json;

use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::operator::seconds;
use crate::cli::{CliError, Output};
use crate::oidc::initial_token::issue_initial_token;

/// For which service, and for how long.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp client registration-token --service shop --ttl 8h --config idp.toml

Whoever has the token may register clients of that service at /oidc/register until it ends, where
[oidc] dynamic_registration is true. They ask for no more than the service may.")]
pub(in crate::cli) struct Arguments {
    /// The service that the clients will belong to.
    #[arg(long)]
    service: ServiceId,
    /// How long it is valid, at most 24h: 90s, 30m or 8h.
    #[arg(long, default_value = "8h", value_parser = seconds)]
    ttl: i64,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let operator = arguments.operator.name()?;
    let app = arguments.config.open().await?;
    if !app.config.oidc.dynamic_registration {
        let why = "[oidc] dynamic_registration is off";
        let fix = "set it to true in the configuration and restart the server";
        return Err(CliError::failed("nobody could use the token", why, fix));
    }
    let made = issue_initial_token(&app, &operator, &arguments.service, arguments.ttl).await?;
    let (token, expires_at) = made;
    let value = json!({"token": token, "expiresAt": expires_at, "serviceId": arguments.service});
    arguments.output.print(&value, &token)
}
