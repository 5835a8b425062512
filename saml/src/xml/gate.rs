//! The gate: what a document may cost before a tree is made of it. The limits are counted by a pull parser that keeps nothing.

use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesStart, Event};

/// What a document may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all.
    pub bytes: usize,
    /// Elements inside each other.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Whether comments may stand in it. In a message they have no honest use.
    pub comments: bool,
}

impl Limits {
    /// A protocol message.
    pub const MESSAGE: Self = Self {
        bytes: 64 * 1024,
        depth: 32,
        attributes: 64,
        comments: false,
    };
    /// A metadata document; people comment those.
    pub const METADATA: Self = Self {
        bytes: 512 * 1024,
        depth: 32,
        attributes: 64,
        comments: true,
    };
}

/// Why a text is not a document that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Longer than [`Limits::bytes`].
    #[error("the document is too large")]
    TooLarge,
    /// Deeper than [`Limits::depth`].
    #[error("the document is nested too deeply")]
    TooDeep,
    /// More attributes on an element than [`Limits::attributes`].
    #[error("an element has too many attributes")]
    TooManyAttributes,
    /// A document type declaration (IIP-G03).
    #[error("the document has a document type declaration")]
    DocumentType,
    /// A processing instruction.
    #[error("the document has a processing instruction")]
    ProcessingInstruction,
    /// A comment where none may stand.
    #[error("the document has a comment")]
    Comment,
    /// An entity that XML itself does not define.
    #[error("the document uses an entity")]
    Entity,
    /// An encoding other than UTF-8.
    #[error("the document is not UTF-8")]
    Encoding,
    /// Two elements with the same identifier.
    #[error("the document uses an identifier twice")]
    DuplicateId,
    /// Not well-formed, or a namespace prefix that nothing declares.
    #[error("the document is not well-formed")]
    Malformed,
}

/// Counts a document against its limits.
///
/// # Errors
/// [`XmlError`] with the first limit that it breaks.
pub(super) fn pass(text: &str, limits: &Limits) -> Result<(), XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLarge);
    }
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| XmlError::Malformed)? {
            Event::Start(element) => {
                depth += 1;
                check_element(&element, depth, limits)?;
            }
            Event::Empty(element) => check_element(&element, depth + 1, limits)?,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Decl(declaration) => check_declaration(&declaration)?,
            Event::Comment(_) if !limits.comments => return Err(XmlError::Comment),
            Event::PI(_) => return Err(XmlError::ProcessingInstruction),
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::GeneralRef(reference) => check_reference(&reference)?,
            Event::Text(_) | Event::CData(_) | Event::Comment(_) => {}
            Event::Eof => return Ok(()),
        }
    }
}

fn check_element(element: &BytesStart<'_>, depth: usize, limits: &Limits) -> Result<(), XmlError> {
    if depth > limits.depth {
        return Err(XmlError::TooDeep);
    }
    let mut attributes = element.attributes();
    let mut count = 0_usize;
    for attribute in attributes.with_checks(false) {
        attribute.map_err(|_| XmlError::Malformed)?;
        count += 1;
        if count > limits.attributes {
            return Err(XmlError::TooManyAttributes);
        }
    }
    Ok(())
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(_) => Err(XmlError::Encoding),
    }
}

fn check_reference(name: &str) -> Result<(), XmlError> {
    let own = matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") || name.starts_with('#');
    if own { Ok(()) } else { Err(XmlError::Entity) }
}
