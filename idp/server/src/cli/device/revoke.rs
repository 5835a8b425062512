//! `idp device revoke`.

use idp_types::{DeviceId, TokenId};
use serde_json::json;

use crate::admin::Reason;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::enrolment::revoke_enrolment;

/// What to revoke, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp device revoke TOKENID --device phone-1 --reason lost_device --config idp.toml
  idp device revoke TOKENID --reason compromised --config idp.toml     the tokenId, for ever

Live tokens are marked as revoked at once; a running server hears of it within a second.")]
pub(in crate::cli) struct Arguments {
    /// The holder.
    token_id: TokenId,
    /// One device; the whole tokenId, for ever, unless given.
    #[arg(long, value_name = "DEVICEID")]
    device: Option<DeviceId>,
    /// Why.
    #[arg(long, value_enum)]
    reason: Reason,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let device = arguments.device.as_ref();
    revoke_enrolment(&app, &arguments.token_id, device, arguments.reason.into(), actor).await?;
    let what = match device {
        Some(device) => format!("device {device} of {}", arguments.token_id),
        None => format!("{} with all of its devices", arguments.token_id),
    };
    let value = json!({"revoked": true, "tokenId": arguments.token_id, "deviceId": device});
    arguments.output.print(&value, &format!("revoked {what}"))
}
