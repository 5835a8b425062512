//! `idp apply`: services, clients, SAML service providers and links as documents, brought about by the functions of the admin interface's `PUT`.

mod document;
mod outcome;

use std::path::PathBuf;

use idp_core::audit::Actor;
use serde_json::{Value, json};

use self::document::{ClientDocument, Documents, LinkDocument, ProviderDocument, ServiceDocument};
use self::outcome::Outcome;
use super::offline::{ActingOperator, ConfigFile};
use super::{CliError, Output};
use crate::admin::{
    ClientView, IssuedView, ServiceView, client_document, provider_document, service_document,
};
use crate::app::App;
use crate::conditional::Writer;
use crate::oidc::clients::write_client;
use crate::oidc::links::{LinkView, find_address, put_address};
use crate::problem::{Code, Problem};
use crate::saml::providers::{ProviderView, write_provider};
use crate::services::put_service;

/// What is to be.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp apply -f registrations.toml --dry-run --config idp.toml     says what would change, and changes nothing
  idp apply -f /etc/idp/registrations --config idp.toml           every .toml and .json of a folder, by name

A file has the lists services, clients, serviceProviders and links; each entry has the members of PUT /admin/services/{serviceId},
/admin/clients/{clientId}, /admin/service-providers/{entityId} and /admin/links/{clientId}/{tokenId}:
  [[services]]
  serviceId = \"shop\"
  name = \"Shop\"
  url = \"https://shop.example\"
  allowedScopes = [\"identity:name\"]
  [[clients]]
  client_id = \"shop\"
  redirect_uris = [\"https://shop.example/callback\"]
  scope = \"openid profile\"
  [[serviceProviders]]
  entityId = \"https://wiki.example/metadata\"
  metadataFile = \"wiki.xml\"
  [[links]]
  clientId = \"entra\"
  tokenId = \"7f9c24e8\"
  email = \"ann@contoso.example\"

What is so already is left alone, and nothing is deleted. Secrets of what is made are printed once.")]
pub(super) struct Arguments {
    /// A file, or a folder of files; - is TOML at standard input. Again for each.
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    operator: ActingOperator,
    #[command(flatten)]
    output: Output,
}

/// Who applies, and whether anything is written.
struct Run<'a> {
    app: &'a App,
    actor: Actor,
    is_plan: bool,
    /// Services and clients that a plan would make.
    planned: Vec<String>,
}

impl Run<'_> {
    fn writer<T: 'static>(&self) -> Writer<'static, T> {
        if self.is_plan {
            Writer::plan(self.actor.clone())
        } else {
            self.actor.clone().into()
        }
    }

    async fn service(&self, one: ServiceDocument) -> Result<Outcome, Problem> {
        let (input, enabled) = service_document(&one.service_id, one.members)?;
        let before = self.app.durable.service(&one.service_id).await?;
        let before = before.map(|found| ServiceView::from(found.value.clone()));
        let (issued, effect) = put_service(self.app, (&input, enabled), self.writer()).await?;
        let issued = IssuedView::from(issued);
        let secrets = [
            ("secret", &issued.secret),
            ("responseSecret", &issued.response_secret),
        ];
        let made = Outcome::of("service", one.service_id.as_str(), effect);
        Ok(made
            .between(before.as_ref(), &issued.service)
            .with_secrets(secrets, self.is_plan))
    }

    async fn client(&self, one: ClientDocument) -> Result<Outcome, Problem> {
        let new = client_document(&one.client_id, one.members)?;
        let before = self.app.durable.client(&one.client_id).await?;
        let before = before.map(|found| ClientView::of(self.app, &found.value));
        let (issued, effect) = match write_client(self.app, &new, self.writer()).await {
            // Its service is made in the same run, and its scopes are held against it then.
            Err(problem) if problem.code() == Code::ServiceNotFound && self.is_planned(&new) => {
                return Ok(Outcome::awaiting("client", one.client_id.as_str()));
            }
            written => written?,
        };
        let view = ClientView::issued(self.app, issued);
        let made = Outcome::of("client", one.client_id.as_str(), effect);
        Ok(made
            .between(before.as_ref(), &view)
            .with_secrets([("client_secret", &view.client_secret)], self.is_plan))
    }

    async fn provider(&self, one: ProviderDocument) -> Result<Outcome, Problem> {
        let new = provider_document(&one.entity_id, one.members)?;
        let before = self.app.durable.service_provider(&one.entity_id).await?;
        let before = before.map(|found| ProviderView::of(self.app, &found.value));
        let (written, effect) = write_provider(self.app, (&one.entity_id, &new), self.writer()).await?;
        let view = ProviderView::of(self.app, &written.value);
        Ok(Outcome::of("service provider", one.entity_id.as_str(), effect).between(before.as_ref(), &view))
    }

    fn is_planned(&self, new: &crate::oidc::clients::NewClient) -> bool {
        let named = new.description.get("service_id").and_then(Value::as_str);
        let named = format!("service {}", named.unwrap_or(new.client_id.as_str()));
        self.planned.contains(&named)
    }

    async fn link(&self, one: LinkDocument) -> Result<Outcome, Problem> {
        let whose = (&one.client_id, &one.token_id);
        let before = find_address(self.app, whose).await?;
        let before = before.map(|found| LinkView::from(found.value));
        let name = format!("{} {}", one.client_id, one.token_id);
        let (link, effect) = match put_address(self.app, whose, &one.email, self.writer()).await {
            Err(problem)
                if problem.code() == Code::NotFound
                    && self.planned.contains(&format!("client {}", one.client_id)) =>
            {
                return Ok(Outcome::awaiting("link", &name));
            }
            written => written?,
        };
        Ok(Outcome::of("link", &name, effect).between(before.as_ref(), &LinkView::from(link)))
    }
}

/// A refusal, with the document that it is about.
fn refused(what: &str, problem: &Problem) -> CliError {
    let member = problem.member("member").unwrap_or_default();
    let why = problem.sentence().unwrap_or(problem.code().title());
    let fix = match member {
        "" => "correct the document; what stands before it was applied".to_owned(),
        member => format!("correct {member}; what stands before it was applied"),
    };
    CliError::failed(format!("{what} cannot be as it is written"), why, fix)
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let documents = Documents::read(&arguments.files)?;
    let actor = arguments.operator.actor()?;
    let app = arguments.config.open().await?;
    let run = Run {
        app: &app,
        actor,
        is_plan: arguments.dry_run,
        planned: if arguments.dry_run {
            [documents.names(), documents.handles()].concat()
        } else {
            Vec::new()
        },
    };
    let mut outcomes = Vec::new();
    for one in documents.services {
        let name = format!("service {}", one.service_id);
        outcomes.push(
            run.service(one)
                .await
                .map_err(|problem| refused(&name, &problem))?,
        );
    }
    for one in documents.clients {
        let name = format!("client {}", one.client_id);
        outcomes.push(
            run.client(one)
                .await
                .map_err(|problem| refused(&name, &problem))?,
        );
    }
    for one in documents.providers {
        let name = format!("service provider {}", one.entity_id);
        outcomes.push(
            run.provider(one)
                .await
                .map_err(|problem| refused(&name, &problem))?,
        );
    }
    for one in documents.links {
        let name = format!("link {} {}", one.client_id, one.token_id);
        outcomes.push(run.link(one).await.map_err(|problem| refused(&name, &problem))?);
    }
    let value = json!({"dryRun": arguments.dry_run, "resources": outcomes});
    let lines: Vec<String> = outcomes.iter().map(Outcome::text).collect();
    arguments.output.print(&value, &lines.join("\n"))
}

/// Fuzz entry: a file is read without a panic.
pub(super) fn fuzz(data: &[u8]) {
    document::fuzz(data);
}
