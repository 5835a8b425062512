//! `idp service rotate-secret`.

use idp_types::ServiceId;

use super::issued_text;
use crate::admin::{IssuedView, Secret};
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::services::rotate_secret;

/// Which secret of which service.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp service rotate-secret bar-le-central --config idp.toml
  idp service rotate-secret bar-le-central --secret response --config idp.toml

Rotate, give the new secret to the service, then rotate again when the old one must end.")]
pub(in crate::cli) struct Arguments {
    /// The service.
    service_id: ServiceId,
    /// caller: what it authenticates with; response: the key of the anti-forgery hash.
    #[arg(long, value_enum, default_value = "caller")]
    secret: Secret,
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
    let issued = rotate_secret(&app, &arguments.service_id, arguments.secret.into(), actor).await?;
    let view = IssuedView::from(issued);
    arguments.output.print(&view, &issued_text(&view))
}
