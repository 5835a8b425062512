//! FAPI-CIBA, poll (`federation-oidc.md` 3c).

use crate::suite::{Entry, entries};

pub(crate) const MODULES: &[Entry] = entries![];
