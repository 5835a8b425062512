//! Configuration as its writers meet it.

mod keys;
mod mistakes;
mod sources;

use super::{Config, ConfigErrors, Table, Value, parse};

const ISSUER: &str = "issuer = 'https://login.example.com'\n";

/// Every key with a value that is not its default.
const FULL: &str = include_str!("tests/full.toml");

fn lines(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    match parse_with(text, environment) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.to_string().lines().map(str::to_owned).collect(),
    }
}

fn parse_with(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    parse(
        text,
        environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )
}

fn leaves(table: &Table, prefix: &str) -> Vec<(String, Value)> {
    let below = |(key, value): (&String, &Value)| match value {
        Value::Table(table) => leaves(table, &format!("{prefix}{key}.")),
        value => vec![(format!("{prefix}{key}"), value.clone())],
    };
    table.iter().flat_map(below).collect()
}

fn variable(path: &str) -> String {
    format!("IDP_{}", path.replace('.', "__").to_uppercase())
}
