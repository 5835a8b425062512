//! `idp phone show`.

use serde_json::json;

use super::store::StoreArgument;
use crate::cli::output::{plain, table};
use crate::cli::{CliError, Output};

/// Nothing to choose.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  idp phone show --store ./phone")]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    store: StoreArgument,
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CliError> {
    let wallet = arguments.store.store()?.open()?;
    let (identity, credential) = (wallet.identity(), wallet.credential());
    let held: Vec<&str> = credential.held().iter().map(|claim| claim.as_str()).collect();
    let mut rows = vec![
        ["issuer".to_owned(), identity.issuer.to_string()],
        ["tokenId".to_owned(), identity.token_id.to_string()],
        ["deviceId".to_owned(), identity.device_id.to_string()],
        ["enrolled".to_owned(), wallet.enrolled_at().to_rfc3339()],
        ["until".to_owned(), credential.expires_at().to_rfc3339()],
        [
            "trust level".to_owned(),
            credential.trust_level().number().to_string(),
        ],
        ["can disclose".to_owned(), held.join(" ")],
        ["face".to_owned(), "this phone verifies no face".to_owned()],
    ];
    for (service_id, service) in wallet.trusted_services() {
        rows.push([
            "trusts".to_owned(),
            format!("{service_id}  {}  {}", plain(&service.name), plain(&service.url)),
        ]);
    }
    let value = json!({
        "issuer": identity.issuer, "tokenId": identity.token_id, "deviceId": identity.device_id,
        "enrolledAt": wallet.enrolled_at(), "expiresAt": credential.expires_at(),
        "trustLevel": credential.trust_level(), "canDisclose": held,
        "trustedServices": wallet.trusted_services(), "faceVerification": "none",
    });
    arguments.output.print(&value, &table(&rows))
}
