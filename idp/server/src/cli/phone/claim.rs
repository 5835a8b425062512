//! `idp phone claim` (profile 7 and 4.2).

use idp_authenticator::link::{IdentityLink, RegistrationLink};
use idp_authenticator::{PendingRequest, ScannedLink, Wallet};

use super::client::{Call, Client};
use super::store::StoreArgument;
use super::{trust, view};
use crate::cli::{CliError, Output};

/// What was scanned.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp phone claim 'https://id.example/i/sess_...#...'
  idp phone approve --session sess_... --yes

A QR that shows a service (/r/...) is verified and trusted at once.")]
pub(in crate::cli) struct Arguments {
    /// The text of the QR.
    #[arg(value_name = "QR")]
    text: String,
    #[command(flatten)]
    store: StoreArgument,
    #[command(flatten)]
    output: Output,
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let store = arguments.store.store()?;
    let mut wallet = store.open()?;
    let client = Client::of(&wallet)?;
    let link = ScannedLink::parse(&arguments.text, &wallet.identity().issuer).map_err(|error| {
        let fix = "scan a QR of the server that this phone enrolled with: idp phone show";
        CliError::failed("the QR cannot be answered", error, fix)
    })?;
    match link {
        ScannedLink::Identity(link) => {
            let request = claim(&client, &wallet, &link).await?;
            let text = format!(
                "{}\nanswer it: idp phone approve --session {}",
                view::text(&request),
                request.session_id
            );
            arguments.output.print(&view::json(&request), &text)
        }
        ScannedLink::Registration(RegistrationLink {
            registration_id,
            seal,
        }) => {
            let trusted = trust::verify(&client, &seal).await?;
            trust::carry_out(&client, &mut wallet, &trusted, Some(&registration_id)).await?;
            store.keep(&wallet)?;
            trust::report(&trusted, arguments.output)
        }
    }
}

async fn claim(client: &Client, wallet: &Wallet, link: &IdentityLink) -> Result<PendingRequest, CliError> {
    let body = link.claim_body(&wallet.identity().token_id);
    let call = Call {
        method: "POST",
        path_and_query: "/identity/claim",
        body: &body,
    };
    let answer = client.signed(wallet, call).await?;
    PendingRequest::parse(&answer)
        .map_err(|error| CliError::failed("the server's answer cannot be read", error, ""))
}
