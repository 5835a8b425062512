//! Signing, after the commit.

use idp_jose::Algorithm;
use idp_jose::jws::{Header, Prepared};
use oidc::{Client, SigningAlgorithm};
use serde::Serialize;

use crate::app::App;
use crate::keys::client_purpose;
use crate::oidc::failure::OidcFailure;
use crate::problem::{Code, Problem};

/// What an algorithm is called where signatures are made.
const fn algorithm(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Es256 => Algorithm::Es256,
        SigningAlgorithm::Rs256 => Algorithm::Rs256,
        SigningAlgorithm::Ps256 => Algorithm::Ps256,
        SigningAlgorithm::EdDsa => Algorithm::EdDsa,
    }
}

/// A JWT of the type `typ`, signed by the published key for the algorithm.
///
/// # Errors
/// The signer's problems.
pub(crate) async fn sign(
    app: &App,
    with: SigningAlgorithm,
    typ: &str,
    claims: impl Serialize + Send,
) -> Result<String, OidcFailure> {
    let payload = serde_json::to_vec(&claims).map_err(|_| Problem::new(Code::Internal))?;
    let key = app.keys.active(client_purpose(algorithm(with)), app.now())?;
    let header = Header::new(algorithm(with)).with_kid(key.kid()).with_typ(typ);
    let prepared = Prepared::new(&header, &payload);
    let signature = key.signer.sign(prepared.signing_input()).await?;
    Ok(prepared.complete(&signature))
}

/// An ID token, as the client wants it signed.
///
/// # Errors
/// The signer's problems.
pub(crate) async fn sign_id_token(
    app: &App,
    client: &Client,
    claims: impl Serialize + Send,
) -> Result<String, OidcFailure> {
    sign(app, client.id_token_signed_response_alg, "JWT", claims).await
}
