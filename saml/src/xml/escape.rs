//! The escapes of Canonical XML 1.0, section 2.3.

/// Whether XML 1.0 has the character at all (production 2).
pub(super) const fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Writes the text of an element. Answers whether every character is allowed.
pub(super) fn text(out: &mut String, value: &str) -> bool {
    escape(out, value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

/// Writes the value of an attribute. Answers whether every character is allowed.
pub(super) fn attribute(out: &mut String, value: &str) -> bool {
    escape(out, value, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

fn escape(out: &mut String, value: &str, reference: impl Fn(char) -> Option<&'static str>) -> bool {
    let mut allowed = true;
    for character in value.chars() {
        match reference(character) {
            Some(reference) => out.push_str(reference),
            None => out.push(character),
        }
        allowed &= is_allowed(character);
    }
    allowed
}
