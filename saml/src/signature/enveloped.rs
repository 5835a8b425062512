//! The signature that stands in what it signs (Core 5.4). Everything that SAML lets vary is fixed before anything is computed: the
//! signature is the only one, a child of the element, refers to that element and to nothing else. The element is then the one that is
//! read, so that there is no other thing for a signature to be about.

use idp_types::secret::constant_time_equal;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::algorithm::{SignatureAlgorithm, Verifier};
use super::canonical::Method;
use super::certificate::Certificate;
use super::verify::check_with_any;
use crate::names::{ENVELOPED, EXCLUSIVE, Name, ds};
use crate::xml::{Node, ReadError, from_base64};

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is none, and one is required.
    #[error("the message is not signed")]
    Missing,
    /// More than one, or one in another place than directly in the message.
    #[error("the signature is not where it must be")]
    Place,
    /// It is not of the shape that SAML prescribes, or refers to something else than the message.
    #[error("the signature does not refer to the message alone")]
    Shape,
    /// An algorithm that is not accepted from this provider.
    #[error("the signature algorithm is not accepted")]
    Algorithm,
    /// The message was changed after it was signed.
    #[error("the digest does not match")]
    Digest,
    /// No key of the provider made it.
    #[error("the signature does not match")]
    Value,
}

impl From<ReadError> for SignatureError {
    fn from(_: ReadError) -> Self {
        Self::Shape
    }
}

/// Whether a signature stands anywhere in or below the element.
pub(crate) fn is_signed(element: Node<'_>) -> bool {
    element.below(ds("Signature")).next().is_some()
}

/// Checks the signature of an element that has an `ID`.
///
/// # Errors
/// [`SignatureError`] with the first rule that it breaks.
pub(crate) fn verify(
    element: Node<'_>,
    certificates: &[Certificate],
    accepted: &[SignatureAlgorithm],
    verifier: &dyn Verifier,
) -> Result<(), SignatureError> {
    let signature = sole_signature(element)?;
    let [info, value] = parts(signature)?;
    let [method, algorithm, reference] = exactly(
        info,
        [
            ds("CanonicalizationMethod"),
            ds("SignatureMethod"),
            ds("Reference"),
        ],
    )?;
    let algorithm = SignatureAlgorithm::parse(algorithm.required("Algorithm")?)
        .filter(|algorithm| accepted.contains(algorithm))
        .ok_or(SignatureError::Algorithm)?;
    check_reference(element, signature, reference)?;
    let octets = method_of(method)?
        .octets(info, None)
        .ok_or(SignatureError::Shape)?;
    let value = from_base64(&value.filled("SignatureValue")?).ok_or(SignatureError::Shape)?;
    if check_with_any(certificates, algorithm, (&octets, &value), verifier) {
        Ok(())
    } else {
        Err(SignatureError::Value)
    }
}

/// The only signature of the document, directly in the element.
fn sole_signature(element: Node<'_>) -> Result<Node<'_>, SignatureError> {
    let mut below = element.below(ds("Signature"));
    let first = below.next().ok_or(SignatureError::Missing)?;
    if below.next().is_some() {
        return Err(SignatureError::Place);
    }
    let direct = element.all(ds("Signature")).next();
    match direct {
        Some(direct) if direct.id() == first.id() => Ok(direct),
        _ => Err(SignatureError::Place),
    }
}

/// `SignedInfo`, `SignatureValue` and at most a `KeyInfo`, which nobody reads: the keys are those that we know.
fn parts(signature: Node<'_>) -> Result<[Node<'_>; 2], SignatureError> {
    let mut elements = signature.elements();
    let (Some(info), Some(value)) = (elements.next(), elements.next()) else {
        return Err(SignatureError::Shape);
    };
    let rest = elements.next().is_none_or(|node| node.is(ds("KeyInfo")));
    let shape = info.is(ds("SignedInfo")) && value.is(ds("SignatureValue")) && rest;
    if !shape || elements.next().is_some() {
        return Err(SignatureError::Shape);
    }
    Ok([info, value])
}

/// The elements in `node`, which are these and in this order.
fn exactly<'t, const N: usize>(node: Node<'t>, names: [Name; N]) -> Result<[Node<'t>; N], SignatureError> {
    let elements: Vec<Node<'t>> = node.elements().take(N + 1).collect();
    let elements: [Node<'t>; N] = elements.try_into().map_err(|_| SignatureError::Shape)?;
    let fits = elements.iter().zip(names).all(|(node, name)| node.is(name));
    if fits {
        Ok(elements)
    } else {
        Err(SignatureError::Shape)
    }
}

fn check_reference(
    element: Node<'_>,
    signature: Node<'_>,
    reference: Node<'_>,
) -> Result<(), SignatureError> {
    let [transforms, digest_method, digest_value] = exactly(
        reference,
        [ds("Transforms"), ds("DigestMethod"), ds("DigestValue")],
    )?;
    let id = element.required("ID")?;
    let target = reference
        .attribute("URI")
        .and_then(|target| target.strip_prefix('#'));
    if target != Some(id) {
        return Err(SignatureError::Shape);
    }
    let octets = transform(transforms)?
        .octets(element, Some(signature))
        .ok_or(SignatureError::Shape)?;
    let stated = from_base64(&digest_value.filled("DigestValue")?).ok_or(SignatureError::Shape)?;
    let computed = digest(digest_method.required("Algorithm")?, &octets).ok_or(SignatureError::Algorithm)?;
    if constant_time_equal(&stated, &computed) {
        Ok(())
    } else {
        Err(SignatureError::Digest)
    }
}

/// Enveloped, then at most the exclusive form (Core 5.4.4).
fn transform(transforms: Node<'_>) -> Result<Method, SignatureError> {
    let mut steps = transforms.elements();
    let enveloped = steps.next().ok_or(SignatureError::Shape)?;
    let named = enveloped.is(ds("Transform")) && enveloped.attribute("Algorithm") == Some(ENVELOPED);
    if !named || enveloped.elements().next().is_some() {
        return Err(SignatureError::Shape);
    }
    let Some(form) = steps.next() else {
        return Ok(Method::inclusive());
    };
    let exclusive = form.is(ds("Transform")) && form.attribute("Algorithm") == Some(EXCLUSIVE);
    if !exclusive || steps.next().is_some() {
        return Err(SignatureError::Shape);
    }
    method_of(form)
}

/// The method that an element with an `Algorithm` names.
fn method_of(node: Node<'_>) -> Result<Method, SignatureError> {
    const LIST: Name = Name {
        prefix: "ec",
        namespace: EXCLUSIVE,
        local: "InclusiveNamespaces",
    };
    let algorithm = node.required("Algorithm")?;
    let list = node.find(LIST)?;
    if node.elements().count() != usize::from(list.is_some()) || (list.is_some() && algorithm != EXCLUSIVE) {
        return Err(SignatureError::Shape);
    }
    let prefixes = list.and_then(|list| list.attribute("PrefixList"));
    Method::parse(algorithm, prefixes).ok_or(SignatureError::Algorithm)
}

fn digest(algorithm: &str, octets: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(Sha256::digest(octets).to_vec()),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(Sha384::digest(octets).to_vec()),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(Sha512::digest(octets).to_vec()),
        _ => None,
    }
}
