//! Putting disclosed claims back in place of their digests (RFC 9901 section 7.1, step 3).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    DEPTH_LIMIT, DIGESTS, DisclosureView, ELEMENT_DIGEST, HASH_ALGORITHM, HASH_NAME, NEVER_HIDDEN,
    SdJwtError, is_reserved,
};
use crate::json::Map;

/// The payload after processing.
pub(super) struct Processed {
    /// What stood in clear at the top level, with nested disclosures in their places.
    pub(super) plain: Map,
    /// What was hidden at the top level and is disclosed.
    pub(super) disclosed: Map,
}

/// Processes the issuer's payload. Every disclosure must be used, every digest must be unique, which also bounds the work.
pub(super) fn process(
    mut claims: Map,
    disclosures: BTreeMap<String, DisclosureView>,
) -> Result<Processed, SdJwtError> {
    // RFC 9901 section 4.1.1: SHA-256 where nothing is named.
    if claims
        .remove(HASH_ALGORITHM)
        .is_some_and(|name| name != HASH_NAME)
    {
        return Err(SdJwtError::HashAlgorithm);
    }
    let mut processor = Processor {
        disclosures,
        digests: BTreeSet::new(),
    };
    let (plain, disclosed) = processor.members(claims, 0)?;
    if disclosed.keys().any(|name| NEVER_HIDDEN.contains(&name.as_str())) {
        return Err(SdJwtError::HiddenValidity);
    }
    if processor.disclosures.is_empty() {
        Ok(Processed { plain, disclosed })
    } else {
        Err(SdJwtError::UnusedDisclosure)
    }
}

struct Processor {
    /// Those that no digest has referred to yet.
    disclosures: BTreeMap<String, DisclosureView>,
    /// Every digest met so far, decoys included.
    digests: BTreeSet<String>,
}

impl Processor {
    /// The members of an object: those in clear and those disclosed.
    fn members(&mut self, mut members: Map, depth: usize) -> Result<(Map, Map), SdJwtError> {
        if depth > DEPTH_LIMIT {
            return Err(SdJwtError::TooDeep);
        }
        let digests = match members.remove(DIGESTS) {
            None => Vec::new(),
            Some(Value::Array(digests)) => digests,
            Some(_) => return Err(SdJwtError::Digests),
        };
        // A `...` is only allowed alone, in an element of an array; `element` has taken those.
        if members.contains_key(ELEMENT_DIGEST) {
            return Err(SdJwtError::Digests);
        }
        let mut plain = Map::new();
        for (name, value) in members {
            plain.insert(name, self.value(value, depth + 1)?);
        }
        let mut disclosed = Map::new();
        for digest in digests {
            let Some(view) = self.take(digest)? else { continue };
            let (Some(name), value) = view.into_parts() else {
                return Err(SdJwtError::Disclosure);
            };
            if is_reserved(&name) {
                return Err(SdJwtError::ReservedName);
            }
            if plain.contains_key(&name) || disclosed.contains_key(&name) {
                return Err(SdJwtError::NameConflict);
            }
            disclosed.insert(name, self.value(value, depth + 1)?);
        }
        Ok((plain, disclosed))
    }

    fn value(&mut self, value: Value, depth: usize) -> Result<Value, SdJwtError> {
        match value {
            Value::Object(members) => {
                let (mut plain, disclosed) = self.members(members, depth)?;
                plain.extend(disclosed);
                Ok(Value::Object(plain))
            }
            Value::Array(elements) => self.elements(elements, depth),
            plain => Ok(plain),
        }
    }

    fn elements(&mut self, elements: Vec<Value>, depth: usize) -> Result<Value, SdJwtError> {
        if depth > DEPTH_LIMIT {
            return Err(SdJwtError::TooDeep);
        }
        let mut shown = Vec::with_capacity(elements.len());
        for element in elements {
            if let Some(element) = self.element(element)? {
                shown.push(self.value(element, depth + 1)?);
            }
        }
        Ok(Value::Array(shown))
    }

    /// An element in clear, or the one that a digest stands for if it is disclosed (RFC 9901 section 4.2.4.2).
    fn element(&mut self, element: Value) -> Result<Option<Value>, SdJwtError> {
        let Value::Object(mut members) = element else {
            return Ok(Some(element));
        };
        let Some(digest) = members.remove(ELEMENT_DIGEST) else {
            return Ok(Some(Value::Object(members)));
        };
        if !members.is_empty() {
            return Err(SdJwtError::Digests);
        }
        match self.take(digest)?.map(DisclosureView::into_parts) {
            None => Ok(None),
            Some((None, value)) => Ok(Some(value)),
            Some((Some(_), _)) => Err(SdJwtError::Disclosure),
        }
    }

    /// The disclosure of a digest that was never met before.
    fn take(&mut self, digest: Value) -> Result<Option<DisclosureView>, SdJwtError> {
        let Value::String(digest) = digest else {
            return Err(SdJwtError::Digests);
        };
        let view = self.disclosures.remove(&digest);
        if self.digests.insert(digest) {
            Ok(view)
        } else {
            Err(SdJwtError::DuplicateDigest)
        }
    }
}
