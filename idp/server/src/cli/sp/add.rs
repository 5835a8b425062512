//! `idp sp add`.

use std::path::{Path, PathBuf};

use saml::EntityId;
use saml::provider::Preset;
use serde_json::{Map, Value, json};

use super::{entity_id, refused, text_of};
use crate::cli::client::description::{object, setting};
use crate::cli::files::read_text;
use crate::cli::offline::{ActingOperator, ConfigFile};
use crate::cli::{CliError, Output};
use crate::saml::providers::{ProviderView, create_provider, parsed};

/// The longest metadata, and the longest certificate, in octets.
const METADATA_LIMIT: usize = 512 * 1024;
const CERTIFICATE_LIMIT: usize = 64 * 1024;

/// A new service provider.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp sp add --preset entra-domain --set variant=contoso.example --config idp.toml
  idp sp add --metadata https://sp.example/Shibboleth.sso/Metadata --preset shibboleth --config idp.toml
  idp sp add --metadata salesforce.xml --preset salesforce --config idp.toml
  idp sp add --mdq https://mdq.federation.example --entity-id https://sp.example/shibboleth \\
      --trust-anchor federation.pem --max-validity-days 15 --preset saml2int --config idp.toml
  idp sp add --entity-id google.com --acs https://www.google.com/a/example.com/acs --preset google --config idp.toml

The service that phones show is made with it unless --service names one that is there; deploy/federation has a page for each preset.")]
pub(in crate::cli) struct Arguments {
    /// Its metadata: a file, - for standard input, or an https address, which is read again before it ends.
    #[arg(long, value_name = "FILE|URL", conflicts_with_all = ["mdq", "acs"])]
    metadata: Option<String>,
    /// A metadata query service that has it.
    #[arg(long, value_name = "URL", requires = "entity_id", conflicts_with = "acs")]
    mdq: Option<String>,
    /// Its entityID.
    #[arg(long, value_name = "ENTITYID", value_parser = entity_id)]
    entity_id: Option<EntityId>,
    /// Without metadata: where responses are posted, the default first; again for each.
    #[arg(long, value_name = "URL", requires = "entity_id")]
    acs: Vec<String>,
    /// Without metadata: where logout requests go.
    #[arg(long, value_name = "URL", requires = "acs")]
    slo: Option<String>,
    /// Without metadata: its certificate.
    #[arg(long, value_name = "FILE", requires = "acs")]
    certificate: Option<PathBuf>,
    /// What a well-known service provider needs: entra-domain, entra-external, okta, aws, aws-identity-center, google, salesforce, adfs,
    /// shibboleth, cloudflare, zscaler or saml2int.
    #[arg(long, value_parser = preset)]
    preset: Option<Preset>,
    /// Who must have signed the metadata, a certificate; again for each.
    #[arg(long = "trust-anchor", value_name = "FILE")]
    trust_anchors: Vec<PathBuf>,
    /// The longest validity of metadata; one without an end is then refused.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3660))]
    max_validity_days: Option<u32>,
    /// The name that operators read.
    #[arg(long)]
    name: Option<String>,
    /// The service in whose name phones are asked; the one of the consumer's host, which is made if need be, unless given.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// A decision and its value, as JSON or as text, such as encryption={\"when\":\"required\"}; again for each.
    #[arg(long = "set", value_name = "MEMBER=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Further members as JSON, those of POST /admin/service-providers.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    made: NewService,
}

/// The service that is made with it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The service that is made with it")]
struct NewService {
    /// Its name; that of the service provider unless given.
    #[arg(long)]
    service_name: Option<String>,
    /// Its address, https; that of the consumer unless given.
    #[arg(long)]
    url: Option<String>,
    /// A https URL of its logo, or a data URL of a PNG, SVG or WebP.
    #[arg(long)]
    logo: Option<String>,
    /// Its privacy policy, https.
    #[arg(long, value_name = "URL")]
    privacy: Option<String>,
}

fn preset(text: &str) -> Result<Preset, String> {
    let names: Vec<&str> = Preset::ALL.iter().map(|preset| preset.as_str()).collect();
    Preset::parse(text).ok_or_else(|| format!("the presets are {}", names.join(", ")))
}

/// `MEMBER=VALUE`s as members: JSON, or text.
pub(super) fn members(settings: &[(String, String)]) -> Map<String, Value> {
    let value = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
    settings
        .iter()
        .map(|(name, text)| (name.clone(), value(text)))
        .collect()
}

fn certificate(path: &Path) -> Result<String, CliError> {
    Ok(read_text(path, CERTIFICATE_LIMIT)?.to_string())
}

impl Arguments {
    fn document(&self) -> Result<Map<String, Value>, CliError> {
        let mut document = self.file.as_deref().map(object).transpose()?.unwrap_or_default();
        document.extend(members(&self.settings));
        let mut put = |name: &str, value: Value| {
            let is_said = match &value {
                Value::Null => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(members) => !members.is_empty(),
                _ => true,
            };
            if is_said {
                document.insert(name.to_owned(), value);
            }
        };
        match self.metadata.as_deref() {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                put("metadataUrl", json!(url));
            }
            Some(file) => put(
                "metadata",
                json!(read_text(Path::new(file), METADATA_LIMIT)?.as_str()),
            ),
            None => {}
        }
        let anchors = self.trust_anchors.iter().map(|path| certificate(path));
        put("trustAnchors", json!(anchors.collect::<Result<Vec<_>, _>>()?));
        put(
            "certificate",
            json!(self.certificate.as_deref().map(certificate).transpose()?),
        );
        put("mdqUrl", json!(self.mdq));
        put("entityId", json!(self.entity_id));
        put("assertionConsumerUrls", json!(self.acs));
        put("singleLogoutUrl", json!(self.slo));
        put("preset", json!(self.preset));
        put(
            "maxValiditySeconds",
            json!(self.max_validity_days.map(|days| i64::from(days) * 86_400)),
        );
        put("displayName", json!(self.name));
        put("serviceId", json!(self.service));
        put("service", Value::Object(self.made.members()));
        Ok(document)
    }
}

impl NewService {
    fn members(&self) -> Map<String, Value> {
        let said = [
            ("name", &self.service_name),
            ("url", &self.url),
            ("logo", &self.logo),
            ("privacyPolicyUrl", &self.privacy),
        ];
        let said = said
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
        said.collect()
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let new = parsed(&arguments.document()?).map_err(|problem| refused(&problem))?;
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let made = create_provider(&app, &new, actor).await;
    let made = made.map_err(|problem| refused(&problem))?;
    let view = ProviderView::of(&app, &made.value);
    arguments.output.print(&view, &text_of(&view, app.now()))
}
