//! Who somebody is to a provider: the name, and what attributes are made of (profile 9).

use idp_core::derive::pairwise_subject;
use idp_types::ClaimSet;
use oidc::authentication::Authentication;
use saml::provider::ServiceProvider;
use saml::request::CheckedRequest;
use saml::response::{Released, name_person};
use saml::{NameId, Status};

use super::addresses::entity_id_for;
use super::participant::client_id_of;
use super::{crypto, metadata};
use crate::app::App;
use crate::oidc::links;
use crate::problem::Problem;

/// A person as one provider sees them.
pub(crate) struct Person {
    /// The name.
    pub(crate) name_id: NameId,
    token_id: Option<String>,
    pairwise: String,
    scope: String,
    account: Option<String>,
}

impl Person {
    /// A person who was given this name before.
    pub(super) async fn named(
        app: &App,
        provider: &ServiceProvider,
        authentication: &Authentication,
        name_id: NameId,
    ) -> Result<Self, Problem> {
        let first = &authentication.first_token_id;
        let client_id = client_id_of(&provider.entity_id)?;
        Ok(Self {
            name_id,
            token_id: provider.policy.public_subject.then(|| first.to_string()),
            pairwise: pairwise_subject(&app.secrets().pairwise, provider.entity_id.as_str(), first),
            scope: metadata::host(app),
            account: links::address_of(app, &client_id, first).await?,
        })
    }

    /// What is released, with the claims that were granted.
    pub(super) fn released<'a>(&'a self, claims: &'a ClaimSet) -> Released<'a> {
        Released {
            claims,
            token_id: self.token_id.as_deref(),
            pairwise: &self.pairwise,
            scope: &self.scope,
            account: self.account.as_deref(),
        }
    }
}

/// Names the person who approved, if it is the one who was meant.
///
/// # Errors
/// The stores' problems. Inside: the status that the provider is told.
pub(crate) async fn accept(
    app: &App,
    provider: &ServiceProvider,
    request: &CheckedRequest,
    authentication: &Authentication,
) -> Result<Result<Person, Status>, Problem> {
    let unnamed = NameId {
        value: String::new(),
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let mut person = Person::named(app, provider, authentication, unnamed).await?;
    let issuer = entity_id_for(app, provider)?;
    let nothing = ClaimSet::default();
    let named = name_person(
        request.name_id_format,
        (&issuer, provider),
        person.released(&nothing),
        &crypto::transient()?,
    );
    let known = person.account.is_some() || is_participant(app, provider, authentication).await?;
    let accepted = named.and_then(|name| request.accept_person(&name, known).map(|()| name));
    Ok(accepted.map(|name| {
        person.name_id = name;
        person
    }))
}

/// Whether the provider takes part in a session of this person already.
async fn is_participant(
    app: &App,
    provider: &ServiceProvider,
    authentication: &Authentication,
) -> Result<bool, Problem> {
    let client_id = client_id_of(&provider.entity_id)?;
    let sessions = app.durable.browser_sessions_of(&authentication.token_id).await?;
    let now = app.now();
    Ok(sessions
        .iter()
        .any(|session| session.value.is_live(now) && session.value.client(&client_id).is_some()))
}
