//! Where the state of a key stands.

use super::value::{Kind, Value};
use crate::batch::{KINDS, Key};

/// What holds a state, once read, until the commit is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The key itself: who used it up first wins, and a second row is refused.
    Unique,
    /// Nobody may change the row meanwhile.
    Unchanged,
    /// Nobody else may write the row meanwhile.
    Owned,
}

/// The table of a kind of keys.
#[derive(Debug)]
pub struct Lookup {
    /// The table.
    pub table: &'static str,
    /// The columns of the key, and their kinds.
    pub columns: &'static [(&'static str, Kind)],
    /// The state of a row, a whole number: a constant or a column.
    pub state: &'static str,
    /// What holds it.
    pub hold: Hold,
}

const fn used_up(table: &'static str, columns: &'static [(&'static str, Kind)]) -> Lookup {
    let (state, hold) = ("1", Hold::Unique);
    Lookup {
        table,
        columns,
        state,
        hold,
    }
}

const fn versioned(table: &'static str, columns: &'static [(&'static str, Kind)]) -> Lookup {
    let (state, hold) = ("version", Hold::Owned);
    Lookup {
        table,
        columns,
        state,
        hold,
    }
}

/// The tables of all kinds, in their order.
pub static LOOKUPS: [Lookup; KINDS] = [
    used_up("session_outcomes", &[("session_id", Kind::Text)]),
    used_up("consumptions", &[("kind", Kind::Text), ("id", Kind::Text)]),
    used_up(
        "token_statuses",
        &[("list", Kind::Integer), ("place", Kind::Integer)],
    ),
    Lookup {
        table: "devices",
        columns: &[("token_id", Kind::Text), ("device_id", Kind::Text)],
        state: "active",
        hold: Hold::Unchanged,
    },
    versioned("holders", &[("token_id", Kind::Text)]),
    versioned("services", &[("service_id", Kind::Text)]),
    versioned("supersessions", &[("token_id", Kind::Text)]),
    versioned("clients", &[("client_id", Kind::Text)]),
    versioned("grants", &[("grant_id", Kind::Text)]),
    versioned("browser_sessions", &[("id", Kind::Text)]),
    versioned("service_providers", &[("entity_id", Kind::Text)]),
    versioned("sealed_documents", &[("name", Kind::Text)]),
    used_up(
        "credential_statuses",
        &[("list", Kind::Integer), ("place", Kind::Integer)],
    ),
    used_up(
        "account_links",
        &[
            ("kind", Kind::Text),
            ("key", Kind::Text),
            ("client_id", Kind::Text),
        ],
    ),
];

/// The values of a key, in the order of its table's columns.
pub fn values<'a>(key: &Key<'a>) -> Vec<Value<'a>> {
    match *key {
        Key::Session(name)
        | Key::Holder(name)
        | Key::Service(name)
        | Key::Supersession(name)
        | Key::Client(name)
        | Key::Grant(name)
        | Key::BrowserSession(name)
        | Key::ServiceProvider(name)
        | Key::SealedDocument(name) => vec![name.into()],
        Key::Consumption(kind, id) => vec![kind.as_str().into(), id.into()],
        Key::TokenPlace(list, place) | Key::CredentialPlace(list, place) => vec![list.into(), place.into()],
        Key::Device(token_id, device_id) => vec![token_id.into(), device_id.into()],
        Key::AccountLink(kind, key, client_id) => vec![kind.into(), key.into(), client_id.into()],
    }
}
