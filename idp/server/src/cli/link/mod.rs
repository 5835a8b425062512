//! `idp link`: the same as `/admin/links`, at the server's own machine.

mod add;
mod list;
mod remove;

use idp_types::ClientId;
use saml::EntityId;

use crate::cli::CliError;

/// Who reads a link.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Reader {
    /// The client that reads it.
    #[arg(long, value_name = "CLIENT")]
    client: Option<ClientId>,
    /// The SAML service provider that reads it.
    #[arg(long, value_name = "ENTITYID")]
    sp: Option<EntityId>,
}

impl Reader {
    /// The name in the link, if anybody is named.
    fn named(&self) -> Option<ClientId> {
        let handle = self.sp.as_ref().map(EntityId::handle);
        let handle = handle.and_then(|handle| ClientId::parse(handle).ok());
        self.client.clone().or(handle)
    }

    /// The name in the link.
    fn required(&self) -> Result<ClientId, CliError> {
        self.named().ok_or_else(|| {
            let why = "a link belongs to one client or service provider";
            CliError::usage("nobody is named who reads the link", why, "give --client or --sp")
        })
    }
}

/// What to do with account links.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Assert an enterprise address of a tokenId for one client or SAML service provider; it becomes `email` with `email_verified: true`.
    Add(add::Arguments),
    /// List links.
    List(list::Arguments),
    /// Delete what links a tokenId to a client.
    Remove(remove::Arguments),
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add(arguments) => add::run(&arguments).await,
            Self::List(arguments) => list::run(&arguments).await,
            Self::Remove(arguments) => remove::run(&arguments).await,
        }
    }
}
