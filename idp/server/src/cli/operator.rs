//! `idp operator token`.

use std::collections::BTreeSet;

use idp_types::OperatorName;
use serde_json::json;

use super::offline::ConfigFile;
use super::{CliError, Output};
use crate::admin::{OperatorGrant, OperatorScope, Role, issue_operator_token};

/// What to do with operators.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Sign a token for /admin. Whoever has it acts under the name until it ends.
    #[command(after_help = "Examples:
  idp operator token --name alice --scope idtoken:admin --scope idtoken:audit --config idp.toml
  idp operator token --name carol --scope idtoken:audit --role auditor --ttl 30m --config idp.toml
  curl -H \"Authorization: Bearer $(idp operator token --name alice --scope idtoken:admin)\" .../admin/enrollments")]
    Token {
        /// The operator, as the audit log will name them.
        #[arg(long)]
        name: OperatorName,
        /// idtoken:admin or idtoken:audit; again for both.
        #[arg(long = "scope", required = true, value_name = "SCOPE")]
        scopes: Vec<OperatorScope>,
        /// How far they go; super_admin with idtoken:admin, else auditor, unless given.
        #[arg(long, value_enum)]
        role: Option<Role>,
        /// How long it is valid, at most 24h: 90s, 30m or 8h.
        #[arg(long, default_value = "8h", value_parser = seconds)]
        ttl: i64,
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        output: Output,
    },
}

/// `90s`, `30m`, `8h`; at most a day.
pub(super) fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || "write a duration up to 24h, such as 90s, 30m or 8h".to_owned();
    let (number, unit) = text
        .split_at_checked(text.len().saturating_sub(1))
        .ok_or_else(wrong)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    let number: i64 = number.parse().map_err(|_| wrong())?;
    number
        .checked_mul(unit)
        .filter(|seconds| (1..=86_400).contains(seconds))
        .ok_or_else(wrong)
}

impl Command {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let Self::Token {
            name,
            scopes,
            role,
            ttl,
            config,
            output,
        } = self;
        let scopes: BTreeSet<OperatorScope> = scopes.into_iter().collect();
        let usual = if scopes.contains(&OperatorScope::Admin) {
            Role::SuperAdmin
        } else {
            Role::Auditor
        };
        let grant = OperatorGrant {
            name,
            scopes,
            role: role.unwrap_or(usual),
        };
        let app = config.open().await?;
        let (token, expires_at) = issue_operator_token(&app, &grant, ttl).await?;
        let scope: Vec<&str> = grant.scopes.iter().map(|scope| scope.as_str()).collect();
        let value = json!({
            "token": token, "expiresAt": expires_at, "name": grant.name, "scope": scope.join(" "), "role": grant.role,
        });
        output.print(&value, &token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_at_most_a_day() {
        assert_eq!(seconds("8h"), Ok(28_800));
        assert_eq!(seconds("90s"), Ok(90));
        for text in [
            "",
            "h",
            "25h",
            "0s",
            "-1h",
            "8",
            "8d",
            "9223372036854775807h",
            "é",
        ] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
