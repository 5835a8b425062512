//! Parameters of presets. They become parts of redirect URIs, so that nothing but names may pass.

use std::collections::BTreeMap;

use super::PresetError;

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One label of a host name: lower-case letters, digits, hyphens.
    Label,
    /// A host name.
    Host,
    /// Letters, digits, hyphens, dots.
    Name,
    /// Such names with commas between them.
    Names,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// A parameter of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, as in `--set name=value`.
    pub name: &'static str,
    /// What it is, and where the operator finds it.
    pub about: &'static str,
    /// A value, for help texts.
    pub example: &'static str,
    /// Whether the preset cannot do without it.
    pub is_required: bool,
    pub(super) kind: Kind,
}

/// A parameter that the preset cannot do without.
pub(super) const fn required(
    name: &'static str,
    kind: Kind,
    about: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter {
        name,
        about,
        example,
        is_required: true,
        kind,
    }
}

/// A parameter that may be left out.
pub(super) const fn optional(
    name: &'static str,
    kind: Kind,
    about: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter {
        is_required: false,
        ..required(name, kind, about, example)
    }
}

fn is_label(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('.')
}

impl Kind {
    fn allows(self, text: &str) -> bool {
        match self {
            Self::Label => is_label(text),
            Self::Host => text.len() <= 253 && text.contains('.') && text.split('.').all(is_label),
            Self::Name => is_name(text),
            Self::Names => text.len() <= 1024 && text.split(',').all(is_name),
            Self::Choice(choices) => choices.contains(&text),
        }
    }
}

/// Checked values.
pub(super) struct Values<'a>(&'a BTreeMap<String, String>);

impl<'a> Values<'a> {
    /// Checks what was given against the parameters that there are.
    pub(super) fn check(
        parameters: &[Parameter],
        given: &'a BTreeMap<String, String>,
    ) -> Result<Self, PresetError> {
        if !given
            .keys()
            .all(|name| parameters.iter().any(|known| known.name == name))
        {
            return Err(PresetError::Unknown);
        }
        for parameter in parameters {
            match given.get(parameter.name) {
                None if parameter.is_required => return Err(PresetError::Missing(parameter.name)),
                Some(text) if !parameter.kind.allows(text) => return Err(PresetError::Value(parameter.name)),
                _ => {}
            }
        }
        Ok(Self(given))
    }

    /// The value of a required parameter.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, PresetError> {
        self.optional(name).ok_or(PresetError::Missing(name))
    }

    /// The value of another one.
    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
