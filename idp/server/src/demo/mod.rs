//! The demo: its own trust scheme, a service, two invented people with real signed seals, one of them enrolled on a phone.
//! Nothing of it exists outside demo mode.

mod client;
pub mod gateway;
mod people;
mod routes;
mod sp;

use std::path::PathBuf;

use idp_core::audit::Actor;
use idp_core::service::{CallerAuthentication, DirectTokenType, SubjectType};
use idp_types::{DeviceId, MatchingMode, Scope, ServiceId, TokenId};
use idp_vds::carrier::{Carrier, encode_text};
use serde::Serialize;

use crate::app::App;
use crate::boot::BootError;
use crate::config::Config;
use crate::scheme::{Scheme, SchemeNames};
use crate::services::{ServiceInput, create_service, update_service};

pub use routes::router;

/// The demo's relying party.
pub const SERVICE: &str = "bar-le-central";

/// The browser phone; every browser that opens the page is this device, and takes it over from the one before.
const BROWSER_DEVICE: &str = "demo-browser-phone";

/// The device of the phone at the terminal.
const DEVICE: &str = "demo-phone";

/// What the pages are told.
pub struct Demo {
    pub(crate) token_id: TokenId,
    pub(crate) seal_text: String,
    pub(crate) service_name: String,
}

/// What `idp demo --json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    issuer: String,
    token_id: String,
    service_id: &'static str,
    relying_party: String,
    phone: String,
    phone_store: PathBuf,
    seal_file: PathBuf,
    spare_seal_file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<gateway::Facts>,
}

impl Facts {
    /// The same for a person. The commands name the program that runs: it need not be on the search path.
    pub fn describe(&self) -> String {
        let program = program();
        let gateway = self.gateway.as_ref().map(gateway::Facts::describe);
        let text = format!(
            "IDToken Seal demo\n\n  1. a website that asks for a login   {}\n  2. a phone, in the browser           {}\n\n  \
             holder        Jean Dupont, tokenId {}\n  phone         {program} phone pending --store {}\n  seal          {}\n  \
             spare seal    {} (not enrolled)\n\nThe demo's policy vouches for the face check; idp phone checks no face.\n\
             Open both pages side by side. Ctrl-C stops the demo.",
            self.relying_party,
            self.phone,
            self.token_id,
            self.phone_store.display(),
            self.seal_file.display(),
            self.spare_seal_file.display(),
        );
        text + &gateway.unwrap_or_default()
    }
}

/// The program that runs.
fn program() -> String {
    std::env::current_exe().map_or_else(|_| "idp".to_owned(), |path| path.display().to_string())
}

fn failed(error: impl std::fmt::Display) -> BootError {
    BootError::Demo(error.to_string())
}

fn seal_file(config: &Config) -> PathBuf {
    config.data_dir.join("jean-dupont.seal")
}

fn spare_seal_file(config: &Config) -> PathBuf {
    config.data_dir.join("amelie-martin.seal")
}

/// A configuration with which commands act beside the running demo.
fn command_config(config: &Config) -> PathBuf {
    config.data_dir.join("idp.toml")
}

fn phone_store(config: &Config) -> PathBuf {
    config.data_dir.join("phone")
}

/// Makes the trust scheme and the seals, before the server opens.
///
/// # Errors
/// [`BootError::Demo`].
pub fn prepare(config: &Config) -> Result<(), BootError> {
    use crate::clock::Clock;
    let now = crate::clock::SystemClock.now();
    let directory = &config.trust.directory;
    std::fs::create_dir_all(directory).map_err(failed)?;
    let scheme = if let Ok(mut scheme) = Scheme::open(directory) {
        scheme.sign(now).map_err(failed)?;
        scheme
    } else {
        let names = SchemeNames {
            operator: "IDToken Seal Demo".to_owned(),
            agency: "DMO".parse().map_err(failed)?,
            region: "EU".parse().map_err(failed)?,
            authority: "XX01".parse().map_err(failed)?,
        };
        Scheme::init(directory, names, now).map_err(failed)?
    };
    for (path, person) in [
        (seal_file(config), people::jean(now)),
        (spare_seal_file(config), people::amelie(now)),
    ] {
        if path.exists() {
            continue;
        }
        let content = person.ok_or_else(|| failed("an invented person is not valid"))?;
        let seal = scheme.issue(&content, now).map_err(failed)?;
        std::fs::write(&path, encode_text(Carrier::Base32, &seal)).map_err(failed)?;
    }
    Ok(())
}

fn scopes(names: &[&str]) -> Vec<Scope> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// Registers the service and keeps what the pages need.
///
/// # Errors
/// [`BootError::Demo`].
pub async fn furnish(app: &App) -> Result<(), BootError> {
    let service_id = ServiceId::parse(SERVICE).map_err(failed)?;
    let known = app.durable.service(&service_id).await?;
    let service = ServiceInput {
        service_id,
        name: "Bar Le Central".to_owned(),
        url: format!("{}/demo/rp", app.config.issuer),
        logo: Some(people::logo()),
        privacy_policy_url: Some(format!("{}/demo", app.config.issuer)),
        allowed_scopes: scopes(&[
            "identity:full",
            "identity:age_over_18",
            "identity:age_over_21",
            "identity:age_over_25",
            "identity:age_range",
            "identity:is_eu_citizen",
            "identity:name_initial",
        ]),
        default_scopes: scopes(&["identity:name", "identity:age_over_18"]),
        audience: None,
        caller_authentication: Some(CallerAuthentication::Origin),
        origins: vec![app.config.issuer.clone()],
        caller_key: None,
        matching_mode: Some(MatchingMode::Compare),
        trust_required: false,
        subject_type: Some(SubjectType::Public),
        token_type: Some(DirectTokenType::IdToken),
    };
    let name = service.name.clone();
    let written = match known {
        Some(_) => update_service(app, &service, Actor::System).await,
        None => create_service(app, &service, Actor::System).await,
    };
    written.map_err(|problem| failed(problem.code().title()))?;
    client::furnish(app).await?;
    let seal_text = std::fs::read_to_string(seal_file(&app.config)).map_err(failed)?;
    let token_id = people::jean_token_id().ok_or_else(|| failed("an invented person is not valid"))?;
    let demo = Demo {
        token_id,
        seal_text,
        service_name: name,
    };
    app.demo
        .set(demo)
        .map_err(|_| failed("the demo was furnished twice"))
}

/// Enrols the demo phone over the server's own face, and says where everything is.
///
/// # Errors
/// [`BootError::Demo`].
pub async fn introduce(app: &App, gateway: Option<&gateway::Gateway>) -> Result<Facts, BootError> {
    let config = &app.config;
    let demo = app
        .demo
        .get()
        .ok_or_else(|| failed("the demo is not furnished"))?;
    let store = phone_store(config);
    if !store.exists() {
        let device_id = DeviceId::parse(DEVICE).map_err(failed)?;
        let admission = crate::cli::phone::Admission {
            device_id,
            enrolment_code: None,
        };
        let enrolled = crate::cli::phone::enrol(&config.issuer, &demo.seal_text, &store, admission).await;
        enrolled.map_err(failed)?;
    }
    if gateway.is_some() {
        let mut table = toml::Table::new();
        table.insert("issuer".to_owned(), config.issuer.as_str().into());
        table.insert(
            "data_dir".to_owned(),
            config.data_dir.display().to_string().into(),
        );
        let text = table.to_string();
        std::fs::write(command_config(config), text).map_err(failed)?;
    }
    let token_id = demo.token_id.to_string();
    Ok(Facts {
        gateway: gateway.map(|gateway| gateway.facts(app, &token_id)),
        issuer: config.issuer.clone(),
        token_id,
        service_id: SERVICE,
        relying_party: format!("{}/demo/rp", config.issuer),
        phone: format!("{}/demo/phone", config.issuer),
        phone_store: store,
        seal_file: seal_file(config),
        spare_seal_file: spare_seal_file(config),
    })
}
