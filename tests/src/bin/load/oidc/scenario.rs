//! The scenarios, as one kept connection does them: a relying party's back end, or a browser that is signed in.

use std::sync::Arc;

use serde::Serialize;

use super::door::Door;
use crate::clock::{instant, micros_since};
use crate::drive::Work;
use crate::error::Failure;
use crate::http::{Connection, Route};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[clap(rename_all = "snake_case")]
pub(super) enum Scenario {
    /// The discovery document.
    Discovery,
    /// The published keys.
    Jwks,
    /// A token for the client itself, by `client_secret_basic`.
    ClientCredentials,
    /// What the person released, by a bearer token.
    Userinfo,
    /// A code from the browser's session, and its redemption with PKCE.
    CodeFlow,
    /// A refresh token for the next one.
    Refresh,
}

impl Scenario {
    /// All, in the order of the report.
    pub(super) const ALL: [Self; 6] = [
        Self::Discovery,
        Self::Jwks,
        Self::ClientCredentials,
        Self::Userinfo,
        Self::CodeFlow,
        Self::Refresh,
    ];

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Jwks => "jwks",
            Self::ClientCredentials => "client_credentials",
            Self::Userinfo => "userinfo",
            Self::CodeFlow => "code + token",
            Self::Refresh => "refresh",
        }
    }
}

/// One connection to a server, with the refresh token that it rotates.
pub(super) struct Visitor {
    door: Arc<Door>,
    connection: Connection,
    scenario: Scenario,
    refresh_token: String,
}

impl Visitor {
    /// Not connected yet; each number has an address of its own.
    pub(super) fn new(door: &Arc<Door>, number: usize, refresh_token: String) -> Self {
        Self {
            connection: Connection::new(Route::of_user(number, door.address)),
            door: Arc::clone(door),
            scenario: Scenario::Discovery,
            refresh_token,
        }
    }

    /// From now on it does this.
    pub(super) const fn turn_to(&mut self, scenario: Scenario) {
        self.scenario = scenario;
    }

    async fn act(&mut self) -> Result<(), Failure> {
        let (door, connection) = (&self.door, &mut self.connection);
        match self.scenario {
            Scenario::Discovery => door.discovery(connection).await,
            Scenario::Jwks => door.keys(connection).await,
            Scenario::ClientCredentials => door.token.client_credentials(connection).await.map(drop),
            Scenario::Userinfo => door.userinfo(connection).await,
            Scenario::CodeFlow => door.code_flow(connection).await,
            Scenario::Refresh => {
                self.refresh_token = door.token.refresh(connection, &self.refresh_token).await?;
                Ok(())
            }
        }
    }
}

impl Work for Visitor {
    /// Microseconds.
    type Took = u32;

    async fn once(&mut self) -> Result<u32, Failure> {
        let begun = instant();
        self.act().await.map(|()| micros_since(begun))
    }

    fn late(took: u32, micros: u32) -> u32 {
        took.saturating_add(micros)
    }
}
