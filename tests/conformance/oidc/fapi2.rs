//! FAPI 2.0 Security Profile with `private_key_jwt` and DPoP (`federation-oidc.md` 3c).

use crate::suite::{Entry, entries};

pub(crate) const MODULES: &[Entry] = entries![];
