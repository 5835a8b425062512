//! `idp device list`.

use idp_types::TokenId;

use crate::admin::EnrollmentDetail;
use crate::cli::offline::ConfigFile;
use crate::cli::{CliError, Output};

/// Whose devices.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp device list 7f9c24e8-3b12-4e0a-9a55-1f0d5a0e2c11 --config idp.toml")]
pub(in crate::cli) struct Arguments {
    /// The holder.
    token_id: TokenId,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let app = arguments.config.open().await?;
    let holder = app.durable.holder(&arguments.token_id).await?.ok_or_else(|| {
        let fix = "check the tokenId; a tokenId that was never enrolled has no devices";
        CliError::failed("nobody enrolled this tokenId", &arguments.token_id, fix)
    })?;
    let detail = EnrollmentDetail::of(&holder.value, app.now());
    arguments
        .output
        .print_table(&detail, &detail.lines(), "no device")
}
