//! `idp seal show`.

use std::path::PathBuf;

use idp_types::encoding::lowerhex;
use idp_vds::Seal;
use idp_vds::payload::Value;
use serde_json::{Value as Json, json};

use super::read_seal;
use crate::cli::output::{plain, table};
use crate::cli::{CliError, Output};

/// Bytes that are shown whole.
const SHORT: usize = 32;

/// Which seal.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  idp seal show jean.txt
  zbarimg -q --raw qr.png | idp seal show -

Nothing is verified here: idp seal verify does that.")]
pub(in crate::cli) struct Arguments {
    /// A file with the seal's text or bytes; - is standard input.
    file: PathBuf,
    #[command(flatten)]
    output: Output,
}

fn to_json(value: &Value<'_>) -> Json {
    match value {
        Value::Boolean(value) => json!(value),
        // An integer beyond 64 bits is no JSON number that everybody reads.
        Value::Integer(number) => {
            i64::try_from(*number).map_or_else(|_| json!(number.to_string()), |number| json!(number))
        }
        Value::Text(text) => json!(text),
        Value::Binary(bytes) if bytes.len() <= SHORT => json!({"hex": lowerhex(bytes)}),
        Value::Binary(bytes) => json!({"bytes": bytes.len()}),
        Value::List(values) => values.iter().map(to_json).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), to_json(value)))
            .collect(),
        // Nil, and what a later version of the format may add.
        _ => Json::Null,
    }
}

/// The values with their names: from the map form, from a known manifest, else their positions.
fn named(seal: &Seal) -> Result<Vec<(String, Json)>, CliError> {
    let values = seal.values().map_err(|error| {
        CliError::failed(
            "the payload cannot be read",
            error,
            "the seal is damaged, or of a format that is not known here",
        )
    })?;
    if let [Value::Map(entries)] = values.as_slice() {
        return Ok(entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), to_json(value)))
            .collect());
    }
    let fields = seal
        .header()
        .manifest
        .definition()
        .map(|manifest| manifest.fields)
        .unwrap_or_default();
    let name = |position: usize| match fields.get(position) {
        Some(field) => field.name.to_owned(),
        None => position.to_string(),
    };
    Ok(values
        .iter()
        .enumerate()
        .map(|(position, value)| (name(position), to_json(value)))
        .collect())
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => "-".to_owned(),
        Json::String(text) => plain(text),
        other => plain(&other.to_string()),
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CliError> {
    let seal = read_seal(&arguments.file)?;
    let header = seal.header();
    let values = named(&seal)?;
    let about = [
        ("manifest", header.manifest.to_string()),
        ("certificate", header.certificate.as_str().to_owned()),
        ("signed", header.signed_at.to_rfc3339()),
        ("fingerprint", seal.digest().to_lowerhex()),
        ("bytes", seal.as_bytes().len().to_string()),
    ];
    let rows = about.into_iter().map(|(name, value)| [name.to_owned(), value]);
    let said = values
        .iter()
        .map(|(name, value)| [format!("  {}", plain(name)), cell(value)]);
    let rows: Vec<[String; 2]> = rows.chain(said).collect();
    let value = json!({
        "manifest": header.manifest,
        "certificate": header.certificate.as_str(),
        "signedAt": header.signed_at,
        "fingerprint": seal.digest(),
        "bytes": seal.as_bytes().len(),
        "signature": lowerhex(seal.signature()),
        // A list of pairs, so that the order of the payload is kept.
        "values": values.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>(),
        "verified": false,
    });
    arguments.output.print(
        &value,
        &format!("{}\nnot verified: idp seal verify does that", table(&rows)),
    )
}
