//! Who is refused whatever the token says: the lists of the policy, and one that is fetched.

use idp_jose::json::Map;

use crate::policy::{DenyLists, Policy};

/// What is known of a token's claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// On no list.
    None,
    /// On a list.
    Listed,
    /// The list that the policy names is not here.
    Unknown,
}

/// The lists in force.
pub(crate) struct Denials {
    given: DenyLists,
    fetched: DenyLists,
    /// A list has to be fetched, and is not here.
    is_missing: bool,
}

impl Denials {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self {
            given: policy.deny.clone(),
            fetched: DenyLists::default(),
            is_missing: policy.deny_remote.is_some(),
        }
    }

    /// Takes lists in place of those that were fetched before. Whether they are others.
    pub(crate) fn take(&mut self, lists: DenyLists) -> bool {
        self.is_missing = false;
        let changed = self.fetched != lists;
        self.fetched = lists;
        changed
    }

    /// What was fetched is too old to say who is *not* refused; whom it names it still refuses.
    pub(crate) const fn lose(&mut self) {
        self.is_missing = true;
    }

    pub(crate) fn of(&self, claims: &Map) -> Denial {
        if self.given.refuse(claims) || self.fetched.refuse(claims) {
            Denial::Listed
        } else if self.is_missing {
            Denial::Unknown
        } else {
            Denial::None
        }
    }
}
