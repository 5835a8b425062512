//! RP-Initiated OP (`federation-oidc.md` 3b).

use crate::suite::{Entry, entries};

pub(crate) const MODULES: &[Entry] = entries![];
