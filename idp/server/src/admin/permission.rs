//! Who may do what: scopes say what a token is for, the role how far its bearer goes (`product.md` 15).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What an operator token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorScope {
    /// `idtoken:admin`: holders, sessions, services, keys.
    Admin,
    /// `idtoken:audit`: the audit log with whom its records are about.
    Audit,
}

impl OperatorScope {
    /// The scope in the token.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "idtoken:admin",
            Self::Audit => "idtoken:audit",
        }
    }

    /// The scopes of a token's `scope` claim. Unknown ones grant nothing here.
    pub fn set_of(claim: &str) -> BTreeSet<Self> {
        claim.split(' ').filter_map(|word| word.parse().ok()).collect()
    }
}

/// The text is neither of the two scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an operator scope is idtoken:admin or idtoken:audit")]
pub struct UnknownScope;

impl std::str::FromStr for OperatorScope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        [Self::Admin, Self::Audit]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(UnknownScope)
    }
}

/// The console's roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[clap(rename_all = "snake_case")]
pub enum Role {
    /// Everything, services and keys included.
    SuperAdmin,
    /// Revokes, supersedes, admits; sees its own audit records.
    Operator,
    /// Reads.
    Auditor,
}

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// To see holders, sessions, services, keys and the audit log without names.
    Read,
    /// To see whom audit records are about, and from where.
    OpenAudit,
    /// To revoke, supersede and admit.
    Act,
    /// To change services and keys, and to erase.
    Configure,
}

impl Permission {
    /// The word in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::OpenAudit => "open_audit",
            Self::Act => "act",
            Self::Configure => "configure",
        }
    }

    /// Whether a token with these scopes and this role has the permission.
    pub fn is_granted(self, scopes: &BTreeSet<OperatorScope>, role: Role) -> bool {
        match self {
            Self::Read => !scopes.is_empty(),
            Self::OpenAudit => scopes.contains(&OperatorScope::Audit),
            Self::Act => scopes.contains(&OperatorScope::Admin) && role != Role::Auditor,
            Self::Configure => scopes.contains(&OperatorScope::Admin) && role == Role::SuperAdmin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(scope: &str, role: Role) -> Vec<Permission> {
        let scopes = OperatorScope::set_of(scope);
        let all = [
            Permission::Read,
            Permission::OpenAudit,
            Permission::Act,
            Permission::Configure,
        ];
        all.into_iter()
            .filter(|permission| permission.is_granted(&scopes, role))
            .collect()
    }

    #[test]
    fn a_role_never_gives_what_the_scope_does_not() {
        use Permission::{Act, Configure, OpenAudit, Read};
        assert_eq!(granted("", Role::SuperAdmin), []);
        assert_eq!(granted("openid idtoken:Admin", Role::SuperAdmin), []);
        assert_eq!(granted("idtoken:audit", Role::SuperAdmin), [Read, OpenAudit]);
        assert_eq!(granted("idtoken:admin", Role::SuperAdmin), [Read, Act, Configure]);
        assert_eq!(
            granted("idtoken:admin idtoken:audit", Role::Operator),
            [Read, OpenAudit, Act]
        );
        assert_eq!(
            granted("idtoken:admin idtoken:audit", Role::Auditor),
            [Read, OpenAudit]
        );
    }
}
