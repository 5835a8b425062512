//! The parameters of a query or form, as received and decoded. Every one of the binding may stand once.

use super::error::BindingError;

/// The parameters that the bindings define (Bindings 3.4.4, 3.5.4, 3.6.3).
const NAMES: [&str; 7] = [
    "SAMLRequest",
    "SAMLResponse",
    "SAMLart",
    "RelayState",
    "SigAlg",
    "Signature",
    "SAMLEncoding",
];

/// The parameters of the binding with their values as received; what else is there is not looked at.
pub(super) struct Fields<'a>([Option<&'a str>; NAMES.len()]);

impl<'a> Fields<'a> {
    /// # Errors
    /// [`BindingError::Repeated`] when a parameter stands twice or hides behind percent-encoding.
    pub(super) fn parse(text: &'a str) -> Result<Self, BindingError> {
        let mut found = [None; NAMES.len()];
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(position) = position(name)? else {
                continue;
            };
            let Some(slot) = found.get_mut(position) else {
                continue;
            };
            if slot.replace(value).is_some() {
                return Err(BindingError::Repeated);
            }
        }
        Ok(Self(found))
    }

    /// The value as received.
    pub(super) fn raw(&self, name: &str) -> Option<&'a str> {
        let position = NAMES.iter().position(|known| *known == name)?;
        self.0.get(position).copied().flatten()
    }

    /// The decoded value.
    pub(super) fn decoded(&self, name: &str) -> Result<Option<String>, BindingError> {
        self.raw(name)
            .map(|raw| decode(raw).ok_or(BindingError::Malformed))
            .transpose()
    }
}

fn position(name: &str) -> Result<Option<usize>, BindingError> {
    let plain = NAMES.iter().position(|known| *known == name);
    if plain.is_none() && name.contains('%') {
        let hidden = decode(name).is_some_and(|name| NAMES.contains(&name.as_str()));
        if hidden {
            return Err(BindingError::Repeated);
        }
    }
    Ok(plain)
}

/// Decodes `application/x-www-form-urlencoded`, where a `%` is always followed by two digits.
fn decode(raw: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => b' ',
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}
