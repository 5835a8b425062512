//! The schema as the checker sees it: which keys there are and which values each takes.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;
use toml::{Table, Value};

use super::ConfigError;

/// What a key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// A table of keys.
    Keys(BTreeMap<String, Shape>),
    /// A whole number within bounds.
    Integer {
        least: i64,
        most: i64,
        default: Option<i64>,
    },
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Choice(Vec<String>),
    /// A list of such values.
    List(Box<Shape>),
    /// Any text, refined by `resolve`.
    Text,
}

impl Shape {
    /// Reads the part of JSON schema that [`super::schema`] generates.
    pub(super) fn of(schema: &Json) -> Self {
        if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
            let keys = properties
                .iter()
                .map(|(key, schema)| (key.clone(), Self::of(schema)));
            return Self::Keys(keys.collect());
        }
        let alternatives = schema.get("oneOf").and_then(Json::as_array).into_iter().flatten();
        let words: Vec<String> = alternatives
            .filter_map(|one| Some(one.get("const")?.as_str()?.to_owned()))
            .collect();
        let integer = |name: &str| schema.get(name).and_then(Json::as_i64);
        match schema.get("type").and_then(Json::as_str) {
            Some("integer") => Self::Integer {
                least: integer("minimum").unwrap_or(i64::MIN),
                most: integer("maximum").unwrap_or(i64::MAX),
                default: integer("default"),
            },
            Some("boolean") => Self::Boolean,
            Some("array") => Self::List(Box::new(Self::of(schema.get("items").unwrap_or(&Json::Null)))),
            _ if !words.is_empty() => Self::Choice(words),
            _ => Self::Text,
        }
    }

    /// The dotted paths of all keys that take a value.
    pub(super) fn paths(&self) -> Vec<String> {
        let Self::Keys(keys) = self else { return Vec::new() };
        let below = |(key, shape): (&String, &Self)| match shape {
            Self::Keys(_) => shape
                .paths()
                .into_iter()
                .map(|path| format!("{key}.{path}"))
                .collect(),
            _ => vec![key.clone()],
        };
        keys.iter().flat_map(below).collect()
    }

    /// The shape at a dotted path.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |shape, key| match shape {
            Self::Keys(keys) => keys.get(key),
            _ => None,
        })
    }

    /// Says what is wrong with the table and removes it, so that what remains can be read.
    pub(super) fn check(&self, table: &mut Table) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        self.check_below("", table, &mut errors);
        for error in &mut errors {
            if error.fix.is_empty() {
                error.fix = nearest(&error.key, &self.paths());
            }
        }
        errors
    }

    fn check_below(&self, prefix: &str, table: &mut Table, errors: &mut Vec<ConfigError>) {
        let Self::Keys(keys) = self else { return };
        table.retain(|key, value| {
            let path = format!("{prefix}{key}");
            let Some(shape) = keys.get(key) else {
                errors.push(ConfigError::new(&path, "is not a key of the configuration", ""));
                return false;
            };
            shape.check_value(&path, value, errors)
        });
    }

    /// Whether the value, or what remains of it, can be read.
    fn check_value(&self, path: &str, value: &mut Value, errors: &mut Vec<ConfigError>) -> bool {
        match (self, value) {
            (Self::Keys(_), Value::Table(below)) => self.check_below(&format!("{path}."), below, errors),
            (Self::List(item), Value::Array(values)) => {
                let mut index = 0_usize;
                values.retain_mut(|value| {
                    let path = format!("{path}.{index}");
                    index += 1;
                    item.check_value(&path, value, errors)
                });
            }
            (shape, value) => {
                if let Some(problem) = shape.problem(value) {
                    errors.push(ConfigError::new(path, problem, format!("write {shape}")));
                    return false;
                }
            }
        }
        true
    }

    fn problem(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Integer { least, .. }, Value::Integer(number)) if number < least => {
                Some(format!("is {number}, below {least}"))
            }
            (Self::Integer { most, .. }, Value::Integer(number)) if number > most => {
                Some(format!("is {number}, above {most}"))
            }
            (Self::Choice(words), Value::String(text)) if !words.contains(text) => {
                Some("is none of the words that it takes".to_owned())
            }
            (Self::Integer { .. }, Value::Integer(_))
            | (Self::Boolean, Value::Boolean(_))
            | (Self::Choice(_) | Self::Text, Value::String(_)) => None,
            (_, value) => Some(format!("is {}", kind(value))),
        }
    }
}

impl fmt::Display for Shape {
    /// What to write.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(keys) => {
                let names: Vec<&str> = keys.keys().map(String::as_str).collect();
                write!(f, "a table of its keys: {}", names.join(", "))
            }
            Self::Integer { least, most, default } => {
                write!(f, "a whole number from {least} to {most}")?;
                default.map_or(Ok(()), |default| write!(f, " (default {default})"))
            }
            Self::Boolean => f.write_str("true or false"),
            Self::Choice(words) => write!(f, "\"{}\"", words.join("\" or \"")),
            Self::List(item) => write!(f, "a list, of {item} each"),
            Self::Text => f.write_str("text in quotes"),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// Names the known key that an unknown one most resembles.
pub(super) fn nearest(unknown: &str, known: &[String]) -> String {
    const FAR: usize = 4;
    const LONG: usize = 64;
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    // Beside a slip of the keyboard, the common slip is the right key in the wrong table.
    let distance = |path: &String| edits(unknown, path).min(edits(&last(unknown), &last(path)) + 1);
    let best = known
        .iter()
        .filter(|_| unknown.len() <= LONG)
        .min_by_key(|path| distance(path));
    match best {
        Some(path) if distance(path) <= FAR => format!("remove it, or write {path}"),
        _ => "remove it; `idp config schema` lists every key".to_owned(),
    }
}

/// Levenshtein distance, one row at a time.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let Some((first, rest)) = row.split_first_mut() else {
            return 0;
        };
        *first = before;
        for (cell, to) in rest.iter_mut().zip(&right) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            before = replaced.min(*cell + 1).min(before + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (left, right, distance) in [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("kitten", "sitting", 3),
            ("listen", "silent", 4),
        ] {
            assert_eq!(edits(left, right), distance, "{left} {right}");
        }
    }
}
