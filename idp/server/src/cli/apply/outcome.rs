//! What became of one document, and how it differs from what was there.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::cli::output::plain;
use crate::conditional::Effect;

/// Members that say when, not what.
const DATES: [&str; 4] = ["createdAt", "updatedAt", "created_at", "updated_at"];

/// One member before and after.
#[derive(Debug, Serialize)]
struct Difference {
    member: String,
    before: Value,
    after: Value,
}

/// What became of one document.
#[derive(Serialize)]
pub(super) struct Outcome {
    kind: &'static str,
    name: String,
    /// `created`, `changed` or `unchanged`.
    effect: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Difference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<(&'static str, Zeroizing<String>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

fn members(view: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(view) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

impl Outcome {
    pub(super) fn of(kind: &'static str, name: &str, effect: Effect) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            effect: match effect {
                Effect::Created => "created",
                Effect::Changed => "changed",
                Effect::Unchanged => "unchanged",
            },
            differences: Vec::new(),
            secrets: Vec::new(),
            note: None,
        }
    }

    /// Something that is checked when what it needs is there.
    pub(super) fn awaiting(kind: &'static str, name: &str) -> Self {
        Self {
            note: Some("checked when what it needs is made"),
            ..Self::of(kind, name, Effect::Created)
        }
    }

    /// With every member that differs. Secrets that were just made are none of them.
    pub(super) fn between<V: Serialize>(mut self, before: Option<&V>, after: &V) -> Self {
        let before = before.map(members).unwrap_or_default();
        let mut after = members(after);
        after.remove("client_secret");
        let mut names: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
        names.sort();
        names.dedup();
        for name in names.into_iter().filter(|name| !DATES.contains(&name.as_str())) {
            let value = |of: &Map<String, Value>| of.get(&name).cloned().unwrap_or_default();
            let (before, after) = (value(&before), value(&after));
            if before != after {
                self.differences.push(Difference {
                    member: name,
                    before,
                    after,
                });
            }
        }
        self
    }

    /// With the secrets that were made; a plan makes none.
    pub(super) fn with_secrets<const N: usize>(
        mut self,
        made: [(&'static str, &Option<Zeroizing<String>>); N],
        is_plan: bool,
    ) -> Self {
        let made = made.into_iter().filter(|_| !is_plan);
        self.secrets = made
            .filter_map(|(name, secret)| Some((name, secret.clone()?)))
            .collect();
        self
    }

    /// For a person: a sign, the name, and a line for each member that differs.
    pub(super) fn text(&self) -> String {
        let sign = match self.effect {
            "created" => "+",
            "changed" => "~",
            _ => "=",
        };
        // A text takes whatever is written to it.
        let mut text = format!("{sign} {} {}", self.kind, self.name);
        if let Some(note) = self.note {
            let _ = write!(text, " ({note})");
        }
        for Difference {
            member,
            before,
            after,
        } in &self.differences
        {
            let line = match (before, after) {
                (Value::Null, after) => format!("\n    {member}: {}", plain(&after.to_string())),
                (before, Value::Null) => format!("\n    {member}: {} -> (none)", plain(&before.to_string())),
                (before, after) => format!(
                    "\n    {member}: {} -> {}",
                    plain(&before.to_string()),
                    plain(&after.to_string())
                ),
            };
            text.push_str(&line);
        }
        for (name, secret) in &self.secrets {
            let _ = write!(text, "\n    {name}  {}  (not shown again)", secret.as_str());
        }
        text
    }
}
