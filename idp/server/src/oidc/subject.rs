//! The subject that a client sees (OIDC Core 8; profile 8): the first tokenId of the chain, or a value for its sector.

use idp_core::derive::pairwise_subject;
use oidc::Authentication;
use oidc::client::{Client, SubjectType};

use crate::app::App;

/// `sub` of this person for this client.
pub(crate) fn of(app: &App, client: &Client, authentication: &Authentication) -> String {
    match client.subject_type {
        SubjectType::Public => authentication.first_token_id.to_string(),
        SubjectType::Pairwise => pairwise_subject(
            &app.secrets().pairwise,
            &client.sector,
            &authentication.first_token_id,
        ),
    }
}
