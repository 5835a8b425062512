//! `idp client add`.

use idp_types::{ClientId, MatchingMode};
use oidc::client::{GrantType, Preset};
use serde_json::{Map, Value, json};

use super::description::{Members, preset_members, setting};
use super::text_of;
use crate::admin::ClientView;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::oidc::clients::{NewClient, create_client};
use crate::services::ServiceInput;

/// A new client.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp client add shop --name Shop --redirect-uri https://shop.example/callback \\
      --scope openid --scope profile --config idp.toml
  idp client add shop-app --public --native --redirect-uri http://127.0.0.1/callback \\
      --url https://shop.example --scope openid --scope identity:age_over_18 --config idp.toml
  idp client add okta --preset okta --set org=company.okta.com --config idp.toml
  idp client add entra --preset entra-external-id --set tenant=TENANT-ID --set subdomain=contoso --config idp.toml
  idp client add bank --preset fapi2 --redirect-uri https://bank.example/cb --jwks bank-keys.json --config idp.toml

The service that phones show is made with the client unless --service names one that is there.
Presets and their parameters: idp client add X --preset NAME says what is missing; deploy/federation has a page for each.")]
pub(in crate::cli) struct Arguments {
    /// Its identifier; never changes.
    client_id: ClientId,
    /// What a well-known relying party needs: entra-external-id, entra-eam, okta, cognito, alb, cloudflare-access,
    /// google-workforce, kong, kubernetes, generic or fapi2.
    #[arg(long, value_parser = preset, default_value = "generic")]
    preset: Preset,
    /// A parameter of the preset; again for each.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    members: Members,
    #[command(flatten)]
    service: NewService,
}

/// The service that is made with the client.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The service that is made with it")]
struct NewService {
    /// Its address, https; that of the first redirect URI unless given.
    #[arg(long)]
    url: Option<String>,
    /// A https URL of its logo, or a data URL of a PNG, SVG or WebP.
    #[arg(long)]
    logo: Option<String>,
    /// Its privacy policy, https.
    #[arg(long, value_name = "URL")]
    privacy: Option<String>,
    /// How the code travels to the phone: compare, choose or transfer. Unless given it is transfer, the person types the code that the
    /// browser shows; for a CIBA client, which may have no screen to show it on, compare.
    #[arg(long, value_parser = matching)]
    matching: Option<MatchingMode>,
    /// Whether people must trust it before it can wake their phones.
    #[arg(long)]
    trust_required: bool,
}

fn preset(text: &str) -> Result<Preset, String> {
    let names = || {
        Preset::ALL
            .iter()
            .map(|preset| preset.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    Preset::parse(text).ok_or_else(|| format!("the presets are {}", names()))
}

fn matching(text: &str) -> Result<MatchingMode, String> {
    let mode = serde_json::from_value(json!(text)).ok();
    mode.ok_or_else(|| "compare, choose or transfer".to_owned())
}

/// A CIBA answer has no standard member for a code, so whoever asks for a login in that way need not carry one.
fn usual_mode(description: &Map<String, Value>) -> MatchingMode {
    let grants = description.get("grant_types").and_then(Value::as_array);
    let is_ciba = |grant: &Value| grant.as_str() == Some(GrantType::Ciba.as_str());
    if grants.is_some_and(|grants| grants.iter().any(is_ciba)) {
        MatchingMode::Compare
    } else {
        MatchingMode::Transfer
    }
}

impl Arguments {
    /// The service, if one has to be made: the client's name, and an address from the command or the first redirect URI.
    fn service(&self, description: &Map<String, Value>) -> Option<ServiceInput> {
        let redirect = description.get("redirect_uris").and_then(|uris| uris.get(0));
        let redirect = redirect
            .and_then(Value::as_str)
            .and_then(|text| url::Url::parse(text).ok());
        let page = redirect.filter(|url| url.scheme() == "https");
        let origin = page.map(|url| url.origin().ascii_serialization());
        let name = description.get("client_name").and_then(Value::as_str);
        let input = json!({
            // Replaced by the client's own when it is made.
            "serviceId": "client",
            "name": name.unwrap_or(self.client_id.as_str()),
            "url": self.service.url.clone().or(origin)?,
            "logo": self.service.logo,
            "privacyPolicyUrl": self.service.privacy,
            "allowedScopes": [],
            "matchingMode": self.service.matching.unwrap_or_else(|| usual_mode(description)),
            "trustRequired": self.service.trust_required,
        });
        serde_json::from_value(input).ok()
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let preset = preset_members(arguments.preset, &arguments.settings)?;
    let description = arguments.members.over(preset)?;
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let new = NewClient {
        client_id: arguments.client_id.clone(),
        preset: Some(arguments.preset),
        service: arguments.service(&description),
        description,
    };
    let issued = create_client(&app, new, actor)
        .await
        .map_err(|problem| super::refused(&problem))?;
    let view = ClientView::issued(&app, issued);
    arguments.output.print(&view, &text_of(&view))
}
