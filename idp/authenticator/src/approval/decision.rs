//! What the person decides. A decision exists only for a request that it fits.

use idp_types::{ScopeSet, Timestamp};

use super::{Code, Matching, PendingRequest};

/// How the person answered for the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeAnswer {
    /// The person looked at both screens and they agree (mode `compare`).
    Compared,
    /// The person picked or typed this code: one of the three in mode `choose`, the browser's in mode `transfer`, and in mode
    /// `compare` the one that is shown.
    Entered(Code),
}

/// Why a decision does not fit its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// The request is over.
    #[error("the request has expired")]
    Expired,
    /// The request wants the code itself, not a comparison.
    #[error("this request wants the code that the browser shows")]
    CodeWanted,
    /// The code is not the one that is shown, or not one of the three. Decline with [`DeclineReason::Mismatch`].
    #[error("the codes differ")]
    Mismatch,
}

/// What a person grants of a request.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    request: &'a PendingRequest,
    code: Code,
    granted: ScopeSet,
}

impl<'a> Decision<'a> {
    /// Grants what is requested minus what is denied.
    ///
    /// # Errors
    /// [`DecisionError`] when the request is over or the answer does not fit its mode.
    pub fn new(
        request: &'a PendingRequest,
        answer: CodeAnswer,
        denied: ScopeSet,
        now: Timestamp,
    ) -> Result<Self, DecisionError> {
        if !request.is_open(now) {
            return Err(DecisionError::Expired);
        }
        Ok(Self {
            request,
            code: code(&request.matching, answer)?,
            granted: request.scopes.without(denied),
        })
    }

    /// The request.
    pub const fn request(&self) -> &'a PendingRequest {
        self.request
    }

    /// The code to send.
    pub const fn code(&self) -> &Code {
        &self.code
    }

    /// What is granted; never more than was requested.
    pub const fn granted(&self) -> ScopeSet {
        self.granted
    }
}

fn code(matching: &Matching, answer: CodeAnswer) -> Result<Code, DecisionError> {
    match (matching, answer) {
        (Matching::Compare { code }, CodeAnswer::Compared) => Ok(code.clone()),
        (Matching::Compare { code }, CodeAnswer::Entered(entered)) if *code == entered => Ok(entered),
        (Matching::Choose { choices }, CodeAnswer::Entered(entered)) if choices.contains(&entered) => {
            Ok(entered)
        }
        (Matching::Transfer, CodeAnswer::Entered(entered)) => Ok(entered),
        (Matching::Choose { .. } | Matching::Transfer, CodeAnswer::Compared) => {
            Err(DecisionError::CodeWanted)
        }
        (Matching::Compare { .. } | Matching::Choose { .. }, CodeAnswer::Entered(_)) => {
            Err(DecisionError::Mismatch)
        }
    }
}

/// Why a person declines (profile 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeclineReason {
    /// The person does not want to.
    Declined,
    /// The codes differ.
    Mismatch,
    /// The person asked for nothing; the server blocks the service and caller for ten minutes.
    NotMe,
}

impl DeclineReason {
    /// The word that is signed and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Mismatch => "mismatch",
            Self::NotMe => "not_me",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Code {
        Code::parse(text).unwrap()
    }

    #[test]
    fn an_answer_fits_its_mode() {
        let compare = Matching::Compare {
            code: digits("590012"),
        };
        let choose = Matching::Choose {
            choices: [digits("000001"), digits("000002"), digits("590012")],
        };
        let entered = |text| CodeAnswer::Entered(digits(text));
        assert_eq!(code(&compare, CodeAnswer::Compared), Ok(digits("590012")));
        assert_eq!(code(&compare, entered("590012")), Ok(digits("590012")));
        assert_eq!(code(&compare, entered("590013")), Err(DecisionError::Mismatch));
        assert_eq!(code(&choose, entered("000002")), Ok(digits("000002")));
        assert_eq!(code(&choose, entered("000003")), Err(DecisionError::Mismatch));
        assert_eq!(
            code(&choose, CodeAnswer::Compared),
            Err(DecisionError::CodeWanted)
        );
        assert_eq!(code(&Matching::Transfer, entered("123456")), Ok(digits("123456")));
        assert_eq!(
            code(&Matching::Transfer, CodeAnswer::Compared),
            Err(DecisionError::CodeWanted)
        );
    }
}
