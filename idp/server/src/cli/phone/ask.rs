//! Asking whoever sits at the terminal. Without one, nothing is ever taken for a yes.

use std::io::{BufRead, IsTerminal};

use idp_authenticator::approval::{Code, Matching};
use idp_authenticator::{CodeAnswer, PendingRequest};

use super::view::grouped;
use crate::cli::CliError;
use crate::cli::output::note;

/// What was given beforehand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    /// A code from the browser.
    pub(super) code: Option<&'a Code>,
    /// The screens were compared.
    pub(super) yes: bool,
}

fn line() -> Result<String, CliError> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_line(&mut text);
    read.map_err(|error| CliError::failed("the terminal cannot be read", error, "give --code"))?;
    Ok(text.trim().to_owned())
}

fn entered(text: &str) -> Result<CodeAnswer, CliError> {
    let code = Code::typed(text);
    let code = code
        .map_err(|error| CliError::usage("that is no code", error, "type the six digits of the browser"))?;
    Ok(CodeAnswer::Entered(code))
}

/// How the person answers for the code.
pub(super) fn answer(request: &PendingRequest, given: Given<'_>) -> Result<CodeAnswer, CliError> {
    if let Some(code) = given.code {
        return Ok(CodeAnswer::Entered(code.clone()));
    }
    let is_terminal = std::io::stdin().is_terminal();
    match &request.matching {
        Matching::Compare { .. } if given.yes => Ok(CodeAnswer::Compared),
        Matching::Compare { code } if is_terminal => {
            note(&format!(
                "Does the browser show {}? Type yes to approve.",
                grouped(code)
            ));
            match line()?.to_ascii_lowercase().as_str() {
                "yes" | "y" => Ok(CodeAnswer::Compared),
                _ => Err(CliError::failed(
                    "not approved",
                    "you did not say yes",
                    "decline it: idp phone reject",
                )),
            }
        }
        Matching::Compare { .. } => Err(CliError::failed(
            "not approved",
            "nobody compared the codes",
            "compare them, then give --code with the browser's, or --yes",
        )),
        Matching::Choose { .. } | Matching::Transfer if is_terminal => {
            note("Type the code that the browser shows.");
            entered(&line()?)
        }
        Matching::Choose { .. } | Matching::Transfer => Err(CliError::failed(
            "not approved",
            "the code is in the browser alone",
            "give it with --code",
        )),
    }
}
