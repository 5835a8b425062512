//! What the arguments of `idp client add` say of a client, in the members of RFC 7591.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oidc::client::{Preset, PresetError};
use serde_json::{Map, Value, json};

use crate::cli::CliError;
use crate::cli::files::read;

const FILE_LIMIT: usize = 64 * 1024;

/// How the client authenticates, signs and is addressed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Members")]
pub(super) struct Members {
    /// The name that people read.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Where people come back to, compared as text; again for each.
    #[arg(long = "redirect-uri", value_name = "URL")]
    pub(super) redirect_uris: Vec<String>,
    /// Where people go after a logout; again for each.
    #[arg(long = "post-logout-redirect-uri", value_name = "URL")]
    post_logout_redirect_uris: Vec<String>,
    /// The most that it may ask for; again for each.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth, self_signed_tls_client_auth or none.
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// A client without a secret, such as a page or an app: the same as --auth-method none.
    #[arg(long, conflicts_with = "auth_method")]
    public: bool,
    /// An application on the person's machine: loopback redirect URIs may vary in their port.
    #[arg(long)]
    native: bool,
    /// authorization_code, refresh_token, client_credentials, token-exchange, device_code or ciba; again for each.
    #[arg(long = "grant", value_name = "GRANT")]
    grants: Vec<String>,
    /// How its ID tokens are signed: ES256, RS256, PS256 or EdDSA.
    #[arg(long, value_name = "ALG")]
    algorithm: Option<String>,
    /// public (the tokenId) or pairwise (a value of its own).
    #[arg(long, value_name = "TYPE")]
    subject: Option<String>,
    /// Its public keys, a JWK Set.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Where its public keys are.
    #[arg(long, value_name = "URL", conflicts_with = "jwks")]
    jwks_uri: Option<String>,
    /// Where it is told of logouts.
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
    /// The view of the issuer, as in /t/VIEW: entra, entra-mfa, google or plain.
    #[arg(long, value_name = "VIEW")]
    view: Option<String>,
    /// The service in whose name phones are asked; the one named like the client, which is made if need be, unless given.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Further members as JSON, those of POST /admin/clients.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// A JSON object in a file.
pub(in crate::cli) fn object(path: &Path) -> Result<Map<String, Value>, CliError> {
    serde_json::from_slice(&read(path, FILE_LIMIT)?).map_err(|error| {
        let fix = "write one JSON object; POST /admin/clients in /openapi.json names its members";
        CliError::failed(format!("{} cannot be used", path.display()), error, fix)
    })
}

/// The short names of grants, and whatever else stands for itself.
fn grant(text: &str) -> &str {
    match text {
        "token-exchange" => "urn:ietf:params:oauth:grant-type:token-exchange",
        "ciba" => "urn:openid:params:grant-type:ciba",
        "device_code" => "urn:ietf:params:oauth:grant-type:device_code",
        other => other,
    }
}

impl Members {
    /// The members, over those of the preset.
    pub(super) fn over(&self, mut base: Map<String, Value>) -> Result<Map<String, Value>, CliError> {
        if let Some(path) = &self.file {
            base.extend(object(path)?);
        }
        let mut put = |name: &str, value: Value| {
            let is_said = match &value {
                Value::Null | Value::Bool(false) => false,
                Value::Array(items) => !items.is_empty(),
                _ => true,
            };
            if is_said {
                base.insert(name.to_owned(), value);
            }
        };
        let method = self.public.then_some("none").or(self.auth_method.as_deref());
        let grants: Vec<&str> = self.grants.iter().map(|text| grant(text)).collect();
        let scope = (!self.scopes.is_empty()).then(|| self.scopes.join(" "));
        put("client_name", json!(self.name));
        put("redirect_uris", json!(self.redirect_uris));
        put("post_logout_redirect_uris", json!(self.post_logout_redirect_uris));
        put("scope", json!(scope));
        put("token_endpoint_auth_method", json!(method));
        put("application_type", json!(self.native.then_some("native")));
        put("grant_types", json!(grants));
        put("id_token_signed_response_alg", json!(self.algorithm));
        put("subject_type", json!(self.subject));
        put("jwks", json!(self.jwks.as_deref().map(object).transpose()?));
        put("jwks_uri", json!(self.jwks_uri));
        put("backchannel_logout_uri", json!(self.backchannel_logout_uri));
        put("issuer_profile", json!(self.view));
        put("service_id", json!(self.service));
        Ok(base)
    }
}

/// `name=value`.
pub(in crate::cli) fn setting(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parts.ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The members that a preset writes.
pub(super) fn preset_members(
    preset: Preset,
    settings: &[(String, String)],
) -> Result<Map<String, Value>, CliError> {
    let values: BTreeMap<String, String> = settings.iter().cloned().collect();
    preset.write(&values).map_err(|error| {
        let known = preset.parameters().iter();
        let known: Vec<String> = known
            .map(|parameter| {
                let place = if parameter.is_required { "" } else { " (optional)" };
                format!(
                    "--set {}={}  {}{place}",
                    parameter.name, parameter.example, parameter.about
                )
            })
            .collect();
        let fix = match (error, known.is_empty()) {
            (PresetError::Unknown, true) => format!("{} has no parameters", preset.as_str()),
            _ => known.join("\n"),
        };
        CliError::usage(
            format!("the preset {} cannot be written", preset.as_str()),
            error,
            fix,
        )
    })
}
