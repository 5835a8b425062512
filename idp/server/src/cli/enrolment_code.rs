//! `idp enrolment-code create`.

use idp_types::TokenId;

use super::offline::{ActingOperator, ConfigFile};
use super::{CliError, Output};
use crate::admin::{CodeInput, issue_code};

/// What to do with codes.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a code that admits one device, once. It is shown once.
    #[command(after_help = "Examples:
  idp enrolment-code create --config idp.toml
  idp enrolment-code create --token-id TOKENID --ttl-seconds 3600 --config idp.toml")]
    Create {
        /// The only tokenId that it admits; any unless given.
        #[arg(long)]
        token_id: Option<TokenId>,
        /// How many seconds it is valid, 60 to 2592000.
        #[arg(long, default_value_t = 86_400, value_parser = clap::value_parser!(i64).range(60..=2_592_000))]
        ttl_seconds: i64,
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        operator: ActingOperator,
        #[command(flatten)]
        output: Output,
    },
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let Self::Create {
            token_id,
            ttl_seconds,
            config,
            operator,
            output,
        } = self;
        let actor = operator.actor()?;
        let app = config.open().await?;
        let input = CodeInput {
            token_id,
            ttl_seconds: Some(ttl_seconds),
        };
        let issued = issue_code(&app, input, actor).await?;
        output.print(
            &issued,
            &format!("{}  until {}", issued.code, issued.expires_at.to_rfc3339()),
        )
    }
}
