//! Which assurance and which method to answer: one `acr` of those that were asked for, one `amr` that gives it.

use idp_types::Amr;

use super::ExternalDemand;
use crate::authentication::Authentication;

/// What a method proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Factor {
    Possession,
    Inherence,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// One of the requested values.
    pub acr: String,
    /// One method (RFC 8176).
    pub amr: &'static str,
}

/// What the phone did, in Microsoft's vocabulary, the strongest statement first.
fn methods(authentication: &Authentication) -> impl Iterator<Item = (&'static str, Factor)> {
    let did = |method: Amr| authentication.amr.contains(&method);
    let face = (authentication.face_vouched || did(Amr::Face)).then_some(("face", Factor::Inherence));
    let hardware = did(Amr::Hwk).then_some(("hwk", Factor::Possession));
    let software = did(Amr::Swk).then_some(("swk", Factor::Possession));
    // Every approval is signed by the device's key (RFC 8176, `pop`).
    let proof = Some(("pop", Factor::Possession));
    let code = did(Amr::Otp).then_some(("otp", Factor::Possession));
    [face, hardware, software, proof, code].into_iter().flatten()
}

/// Whether a factor is enough for an `acr` of Microsoft's vocabulary.
fn satisfies(acr: &str, factor: Factor) -> bool {
    let named = match factor {
        Factor::Possession => "possession",
        Factor::Inherence => "inherence",
    };
    let known = matches!(
        acr,
        "possessionorinherence"
            | "knowledgeorpossession"
            | "knowledgeorinherence"
            | "knowledgeorpossessionorinherence"
            | "knowledge"
            | "possession"
            | "inherence"
    );
    known && acr.split("or").any(|word| word == named)
}

impl ExternalDemand {
    /// The method to answer with; `None` when nothing that happened satisfies what was asked for.
    pub fn met_by(&self, authentication: &Authentication) -> Option<Method> {
        let is_asked = |amr: &str| self.amr.is_empty() || self.amr.iter().any(|asked| asked == amr);
        methods(authentication)
            .filter(|(amr, _)| is_asked(amr))
            .find_map(|(amr, factor)| {
                let acr = self.acr.iter().find(|acr| satisfies(acr, factor))?;
                Some(Method {
                    acr: acr.clone(),
                    amr,
                })
            })
    }

    /// Whether any approval could satisfy it.
    pub fn is_possible(&self) -> bool {
        let factors = [Factor::Possession, Factor::Inherence];
        self.acr
            .iter()
            .any(|acr| factors.iter().any(|factor| satisfies(acr, *factor)))
    }
}
