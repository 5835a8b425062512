//! `idp phone trust` (profile 4.2): the service's seal is verified with the server's published keys, then trusted.

use idp_authenticator::{Wallet, service};
use idp_jose::JwkSet;
use idp_types::{RegistrationId, ServiceId};
use idp_vds::VerifiedServiceSeal;
use serde_json::json;

use super::client::{Call, Client, now};
use super::store::StoreArgument;
use crate::cli::output::plain;
use crate::cli::{CliError, Output};

/// Which service.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp phone trust bar-le-central
  idp phone trust bar-le-central --registration reg_...     its page is told
  idp phone trust bar-le-central --remove")]
pub(in crate::cli) struct Arguments {
    /// The service.
    service: ServiceId,
    /// The registration that the service's page shows.
    #[arg(long, value_name = "ID", conflicts_with = "remove")]
    registration: Option<RegistrationId>,
    /// Trust it no longer.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    store: StoreArgument,
    #[command(flatten)]
    output: Output,
}

fn unverified(error: impl std::fmt::Display) -> CliError {
    CliError::failed(
        "the service is not verified",
        error,
        "do not trust it; tell the server's operator",
    )
}

/// Verifies a service's seal with the keys that the server publishes.
pub(super) async fn verify(client: &Client, seal: &str) -> Result<VerifiedServiceSeal, CliError> {
    let keys = client.fetch("/.well-known/jwks.json").await?;
    let keys = JwkSet::parse(&keys, JwkSet::LIMIT).map_err(unverified)?;
    service::verify(seal, &keys, now()).map_err(unverified)
}

/// Tells the server, then notes it in the wallet; the caller keeps the wallet.
pub(super) async fn carry_out(
    client: &Client,
    wallet: &mut Wallet,
    seal: &VerifiedServiceSeal,
    registration: Option<&RegistrationId>,
) -> Result<(), CliError> {
    let path = format!("/services/{}/trust", seal.payload().service_id);
    let body = registration
        .map_or_else(|| json!({}), |id| json!({"registrationId": id}))
        .to_string();
    client
        .signed(
            wallet,
            Call {
                method: "PUT",
                path_and_query: &path,
                body: &body,
            },
        )
        .await?;
    let noted = wallet.trust(seal, now());
    noted.map_err(|error| {
        CliError::failed(
            "the service cannot be noted",
            error,
            "remove one that you no longer use",
        )
    })
}

/// Says what is trusted now.
pub(super) fn report(seal: &VerifiedServiceSeal, output: Output) -> Result<(), CliError> {
    let service = seal.payload();
    let value =
        json!({"trusted": true, "serviceId": service.service_id, "name": service.name, "url": service.url});
    output.print(
        &value,
        &format!(
            "trusted: {} (VERIFIED)  {}",
            plain(&service.name),
            plain(&service.url)
        ),
    )
}

pub(super) async fn run(arguments: &Arguments) -> Result<(), CliError> {
    let store = arguments.store.store()?;
    let mut wallet = store.open()?;
    let client = Client::of(&wallet)?;
    if arguments.remove {
        let path = format!("/services/{}/trust", arguments.service);
        client
            .signed(
                &wallet,
                Call {
                    method: "DELETE",
                    path_and_query: &path,
                    body: "",
                },
            )
            .await?;
        wallet.distrust(&arguments.service);
        store.keep(&wallet)?;
        let value = json!({"trusted": false, "serviceId": arguments.service});
        return arguments
            .output
            .print(&value, &format!("no longer trusted: {}", arguments.service));
    }
    let text = client
        .fetch(&format!("/services/{}/vds", arguments.service))
        .await?;
    let seal = verify(&client, &String::from_utf8_lossy(&text)).await?;
    if seal.payload().service_id != arguments.service {
        return Err(unverified(format!(
            "the seal is of {}",
            seal.payload().service_id
        )));
    }
    carry_out(&client, &mut wallet, &seal, arguments.registration.as_ref()).await?;
    store.keep(&wallet)?;
    report(&seal, arguments.output)
}
