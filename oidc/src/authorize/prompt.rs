//! `prompt` (OIDC Core 3.1.2.1).

use serde::{Deserialize, Serialize};

use crate::error::OAuthError;

/// One value of `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Nobody may be asked.
    None,
    /// The person must authenticate, whatever is known.
    Login,
    /// The person must consent: on the phone, which is where consent is given here.
    Consent,
    /// The person chooses who they are.
    SelectAccount,
}

/// What the client said of asking the person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prompts(Vec<Prompt>);

impl Prompts {
    /// Reads `prompt`: each value once, `none` alone.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let mut prompts: Vec<Prompt> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let prompt = match word {
                "none" => Prompt::None,
                "login" => Prompt::Login,
                "consent" => Prompt::Consent,
                "select_account" => Prompt::SelectAccount,
                _ => return Err(OAuthError::invalid_request("prompt has an unknown value")),
            };
            if !prompts.contains(&prompt) {
                prompts.push(prompt);
            }
        }
        if prompts.len() > 1 && prompts.contains(&Prompt::None) {
            return Err(OAuthError::invalid_request("prompt none stands alone"));
        }
        Ok(Self(prompts))
    }

    /// Whether nobody may be asked.
    pub fn forbids_asking(&self) -> bool {
        self.0.contains(&Prompt::None)
    }

    /// Whether the person must be asked whatever is known.
    pub fn demands_asking(&self) -> bool {
        self.0.iter().any(|prompt| *prompt != Prompt::None)
    }

    /// Whether one value stands in it.
    pub fn has(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }
}
