//! `[admin]`: the administration interface.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[admin]`: the administration interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawAdmin {
    /// Whether a write to a service, a client or a link must say which state it replaces, with `If-Match` or `If-None-Match`; one that
    /// does not is refused with 428. For installations that more than one tool administers.
    pub require_preconditions: bool,
}

/// The administration interface, as it was written.
pub type AdminConfig = RawAdmin;
