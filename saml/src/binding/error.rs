//! Why a request is not a message of a binding.

/// What is wrong with the query, form or body that should carry a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// Neither a request, a response nor an artifact.
    #[error("there is no SAML message")]
    Absent,
    /// A parameter of the binding stands twice, also under an encoded name.
    #[error("a SAML parameter stands more than once")]
    Repeated,
    /// A request together with a response or an artifact.
    #[error("there is more than one SAML message")]
    Mixed,
    /// Longer than any honest message.
    #[error("the message is too large")]
    TooLarge,
    /// An encoding other than DEFLATE.
    #[error("the encoding is not known")]
    Encoding,
    /// Percent-encoding, base64, DEFLATE or UTF-8 is broken.
    #[error("the message is not encoded as the binding says")]
    Malformed,
    /// A signature without an algorithm, or the reverse.
    #[error("the signature is not complete")]
    Signature,
    /// RelayState is longer than [`super::RelayState::LIMIT`] bytes.
    #[error("RelayState is too long")]
    RelayState,
    /// The SOAP envelope is not one, or wants something of its receiver that is not known here.
    #[error("the SOAP envelope is not understood")]
    Envelope,
}
