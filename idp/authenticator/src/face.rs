//! Face verification: a seam, because the sensor and the matcher are a platform's. What took place is told to the person as it
//! was; nothing of it goes to the server, which vouches for `face` only by the policy of an attested app (profile 4.1).

/// What a face is verified for (`product.md` 2.2, 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FacePurpose {
    /// The person enrols with a seal.
    Enrolment,
    /// The person approves a request.
    Approval,
}

/// What took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaceOutcome {
    /// No face was looked at.
    NotPerformed,
    /// The live face is the one of the seal.
    Matched,
    /// The live face is another one, or none.
    NotMatched,
}

impl FaceOutcome {
    /// Whether the person must not go on.
    pub const fn refuses(self) -> bool {
        matches!(self, Self::NotMatched)
    }

    /// What to tell the person.
    pub const fn statement(self) -> &'static str {
        match self {
            Self::NotPerformed => "No face verification took place.",
            Self::Matched => "The face was verified.",
            Self::NotMatched => "The face was not recognised.",
        }
    }
}

/// Verifies the person's face against the seal's template.
pub trait FaceCheck {
    /// Looks, and says what took place.
    fn check(&self, purpose: FacePurpose) -> FaceOutcome;
}

/// No camera, no matcher, no claim.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaceCheck;

impl FaceCheck for NoFaceCheck {
    fn check(&self, _purpose: FacePurpose) -> FaceOutcome {
        FaceOutcome::NotPerformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_did_not_happen_is_told() {
        for purpose in [FacePurpose::Enrolment, FacePurpose::Approval] {
            let outcome = NoFaceCheck.check(purpose);
            assert_eq!(outcome.statement(), "No face verification took place.");
            assert!(!outcome.refuses());
        }
        assert!(FaceOutcome::NotMatched.refuses());
    }
}
