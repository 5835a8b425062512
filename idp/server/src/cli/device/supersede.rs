//! `idp device supersede`.

use std::path::{Path, PathBuf};

use idp_types::TokenId;
use idp_vds::carrier::TEXT_LIMIT;
use zeroize::Zeroizing;

use crate::admin::{SupersessionView, advance};
use crate::cli::files::read_text;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::enrolment::{SealPair, Succession};

/// Which tokenId takes over from which.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp device supersede OLD --by NEW --operator alice --config idp.toml     asks
  idp device supersede OLD --by NEW --operator bob --config idp.toml       confirms
  idp device supersede OLD --by NEW --old-seal old.txt --new-seal new.txt --operator alice --config idp.toml

Services keep knowing the person by the first tokenId of the chain. While an old device is active, it takes effect after
24 hours unless that device answers before.")]
pub(in crate::cli) struct Arguments {
    /// The old tokenId.
    old: TokenId,
    /// The new tokenId, enrolled already.
    #[arg(long, value_name = "NEW")]
    by: TokenId,
    /// The old seal, with --new-seal in place of a second operator.
    #[arg(long, value_name = "FILE", requires = "new_seal")]
    old_seal: Option<PathBuf>,
    /// The new seal.
    #[arg(long, value_name = "FILE", requires = "old_seal")]
    new_seal: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

fn seal(path: Option<&Path>) -> Result<Option<Zeroizing<String>>, CliError> {
    path.map(|path| read_text(path, TEXT_LIMIT)).transpose()
}

fn text(view: &SupersessionView) -> String {
    let SupersessionView {
        token_id, by, status, ..
    } = view;
    match (*status, view.effective_at) {
        ("requested", _) => {
            format!("asked: {by} shall take over from {token_id}; a second operator has to confirm")
        }
        ("completed", _) => format!("done: {by} took over from {token_id}"),
        (_, Some(at)) => format!(
            "confirmed: {by} takes over from {token_id} at {}",
            at.to_rfc3339()
        ),
        (status, None) => format!("{status}: {by}, {token_id}"),
    }
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let operator = arguments.operator.name()?;
    let (old, new) = (
        seal(arguments.old_seal.as_deref())?,
        seal(arguments.new_seal.as_deref())?,
    );
    let pair = old
        .as_ref()
        .zip(new.as_ref())
        .map(|(old, new)| SealPair { old, new });
    let app = arguments.config.open().await?;
    let succession = Succession {
        token_id: arguments.old.clone(),
        by: arguments.by.clone(),
    };
    let view = SupersessionView::from(advance(&app, &succession, pair, &operator).await?);
    arguments.output.print(&view, &text(&view))
}
