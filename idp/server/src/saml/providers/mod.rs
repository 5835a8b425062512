//! Service providers: registered from their metadata, changed, refreshed, removed. Shared by the admin interface, the command line and the
//! work beside requests.
//!
//! | demand | module |
//! |---|---|
//! | what an operator writes | [`document`], [`policy`] |
//! | metadata from a text, an address or an MDQ service; whose word it is (IIP-MD01..04) | [`read`] |
//! | a change and its audit record are one commit | [`manage`], [`remove`] |
//! | refreshed before it ends (IIP-MD02) | [`refresh`], [`upkeep`] |
//! | what operators see, and what they enter at the other side | [`view`], [`entered`] |

mod document;
mod entered;
mod identifier;
mod manage;
mod policy;
mod read;
mod refresh;
mod remove;
mod service;
#[cfg(test)]
mod tests;
mod upkeep;
mod view;

use idp_store::durable::Page;
use saml::provider::ServiceProvider;

pub(crate) use document::{NewProvider, ProviderInput, READ_ONLY, fuzz, parsed};
pub(crate) use identifier::persistent_identifier;
pub(crate) use manage::{create_provider, find_provider, patch_provider, write_provider};
pub(crate) use refresh::refresh_provider;
pub(crate) use remove::remove_provider;
pub(crate) use upkeep::{ProviderState, keep_fresh};
pub(crate) use view::ProviderView;

use crate::app::App;
use crate::problem::Problem;

/// Rows of one question to the store.
const ROWS: u32 = 100;

/// How often a decision is made again because the provider changed meanwhile.
const TRIES: usize = 5;

/// Every service provider, by entityID.
///
/// # Errors
/// A [`Problem`] when the store does not answer.
pub(crate) async fn all_providers(app: &App) -> Result<Vec<ServiceProvider>, Problem> {
    let mut all = Vec::new();
    for number in 1.. {
        let rows = app
            .durable
            .service_providers(Page { number, limit: ROWS })
            .await?
            .rows;
        let is_last = rows.len() < ROWS as usize;
        all.extend(rows);
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// Whether a service provider has this handle, the name under which account links know it.
///
/// # Errors
/// A [`Problem`] when the store does not answer.
pub(crate) async fn is_handle(app: &App, handle: &str) -> Result<bool, Problem> {
    let all = all_providers(app).await?;
    Ok(all.iter().any(|provider| provider.entity_id.handle() == handle))
}
