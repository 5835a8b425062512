//! `idp trust init`.

use std::path::PathBuf;

use idp_types::Timestamp;
use idp_vds::trust::{AgencyCode, AuthorityCode, RegionCode};
use serde_json::json;

use crate::cli::{CliError, Output};
use crate::scheme::{Scheme, SchemeNames};

/// A new scheme.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  idp trust init trust --operator 'City of Lyon'

Point the server's trust.directory at a copy of the folder without its private/ part, and run
idp trust sign before the lists are due.")]
pub(in crate::cli) struct Arguments {
    /// The folder to make.
    directory: PathBuf,
    /// The scheme operator's name, as people read it.
    #[arg(long, value_name = "NAME", value_parser = operator_name)]
    operator: String,
    /// Issuing agency code: one to three of A-Z and 0-9.
    #[arg(long, default_value = "XDT")]
    iac: AgencyCode,
    /// Region: one to eight of A-Z and 0-9.
    #[arg(long, default_value = "EU")]
    region: RegionCode,
    /// The CA's code: four of A-Z and 0-9.
    #[arg(long, default_value = "XX01")]
    authority: AuthorityCode,
    #[command(flatten)]
    output: Output,
}

/// A name that people can read: the lists carry it to whoever verifies a seal.
fn operator_name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("a name has at least one letter and no control character");
    }
    Ok(name.to_owned())
}

pub(super) fn run(arguments: Arguments, now: Timestamp) -> Result<(), CliError> {
    let names = SchemeNames {
        operator: arguments.operator,
        agency: arguments.iac,
        region: arguments.region,
        authority: arguments.authority,
    };
    let scheme = Scheme::init(&arguments.directory, names, now)?;
    let reference = scheme.certificate_reference()?;
    let folder = arguments.directory.display().to_string();
    let text = format!(
        "made {folder} with signing certificate {}\n\
         keep {folder}/private on this machine; give servers the rest\n\
         next: idp seal issue --trust {folder} --payload person.json",
        reference.certificate_key()
    );
    let value = json!({"directory": folder, "certificate": reference.certificate_key(), "sequence": scheme.sequence()});
    arguments.output.print(&value, &text)
}
