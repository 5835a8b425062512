//! A payload read against its manifest: every value has the type and size that the manifest gives its field.

use std::fmt;

use idp_types::CivilDate;

use super::{FieldProblem, PayloadError, Value, read_values};
use crate::manifest::{BirthDate, FieldKind, Manifest};

/// The values of a payload in the order of the manifest, types and sizes checked. Absent fields are [`Value::Nil`].
#[derive(Clone)]
pub struct Fields<'a> {
    manifest: &'static Manifest,
    values: Vec<Value<'a>>,
}

impl<'a> Fields<'a> {
    /// Reads the positional form, or the form of one map as the sole value (profile 3).
    ///
    /// # Errors
    /// [`PayloadError`] when the payload is not what the manifest describes.
    pub fn read(manifest: &'static Manifest, payload: &'a [u8]) -> Result<Self, PayloadError> {
        if payload.len() > manifest.limit {
            return Err(PayloadError::TooLong {
                limit: manifest.limit,
            });
        }
        let mut values = read_values(payload)?;
        if let [Value::Map(entries)] = values.as_mut_slice() {
            values = in_order(manifest, std::mem::take(entries))?;
        }
        Self::check(manifest, values)
    }

    /// Checks values that stand in the order of the manifest; what is issued passes the same gate as what is read.
    pub(crate) fn check(manifest: &'static Manifest, values: Vec<Value<'a>>) -> Result<Self, PayloadError> {
        if values.len() != manifest.fields.len() {
            return Err(PayloadError::FieldCount {
                expected: manifest.fields.len(),
                found: values.len(),
            });
        }
        for (field, value) in manifest.fields.iter().zip(&values) {
            let checked = if value.is_absent() {
                if field.required {
                    Err(FieldProblem::Missing)
                } else {
                    Ok(())
                }
            } else {
                field.kind.check(value)
            };
            checked.map_err(|problem| problem.of(field.name))?;
        }
        Ok(Self { manifest, values })
    }

    /// Names and values in manifest order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Value<'a>)> {
        self.manifest
            .fields
            .iter()
            .map(|field| field.name)
            .zip(&self.values)
    }

    /// The value of a field that is present.
    pub fn value(&self, name: &str) -> Option<&Value<'a>> {
        self.iter()
            .find(|(field, value)| *field == name && !value.is_absent())
            .map(|(_, value)| value)
    }

    /// The values in the order of the manifest.
    pub fn values(&self) -> &[Value<'a>] {
        &self.values
    }

    /// The text of a field; empty when absent.
    pub(crate) fn text(&self, name: &str) -> &'a str {
        self.value(name).and_then(Value::as_text).unwrap_or_default()
    }

    /// The bytes of a field.
    pub(crate) fn binary(&self, name: &str) -> Option<&'a [u8]> {
        match self.value(name) {
            Some(Value::Binary(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The day of a field.
    pub(crate) fn date(&self, name: &'static str) -> Result<CivilDate, PayloadError> {
        let value = self.value(name).ok_or(FieldProblem::Missing.of(name))?;
        crate::manifest::civil_date(value, true).ok_or(FieldProblem::Date.of(name))
    }

    /// The birth date of a field.
    pub(crate) fn birth_date(&self, name: &'static str) -> Result<BirthDate, PayloadError> {
        let value = self.value(name).ok_or(FieldProblem::Missing.of(name))?;
        crate::manifest::birth_date(value, true).ok_or(FieldProblem::Date.of(name))
    }
}

/// The values of a map in the order of the manifest.
fn in_order<'a>(
    manifest: &'static Manifest,
    mut entries: Vec<(&'a str, Value<'a>)>,
) -> Result<Vec<Value<'a>>, PayloadError> {
    let values = manifest
        .fields
        .iter()
        .map(|field| {
            let found = entries.iter().position(|(key, _)| *key == field.name);
            found.map_or(Value::Nil, |index| entries.swap_remove(index).1)
        })
        .collect();
    if entries.is_empty() {
        Ok(values)
    } else {
        Err(PayloadError::UnknownField)
    }
}

impl FieldKind {
    fn check(self, value: &Value<'_>) -> Result<(), FieldProblem> {
        match (self, value) {
            (Self::Text { max }, Value::Text(text)) => check_text(text, max),
            (Self::TextList { items, max }, Value::List(values)) => {
                if values.len() > items {
                    return Err(FieldProblem::TooLong);
                }
                values
                    .iter()
                    .try_for_each(|value| check_text(value.as_text().ok_or(FieldProblem::Type)?, max))
            }
            (Self::Binary { max }, Value::Binary(bytes)) => {
                if bytes.len() > max {
                    Err(FieldProblem::TooLong)
                } else {
                    Ok(())
                }
            }
            (Self::Date { day_count }, value @ (Value::Text(_) | Value::Integer(_))) => {
                crate::manifest::civil_date(value, day_count)
                    .map(|_| ())
                    .ok_or(FieldProblem::Date)
            }
            (Self::BirthDate { day_count }, value @ (Value::Text(_) | Value::Integer(_))) => {
                crate::manifest::birth_date(value, day_count)
                    .map(|_| ())
                    .ok_or(FieldProblem::Date)
            }
            _ => Err(FieldProblem::Type),
        }
    }
}

fn check_text(text: &str, max: usize) -> Result<(), FieldProblem> {
    if text.chars().any(char::is_control) {
        return Err(FieldProblem::Character);
    }
    if text.chars().count() > max {
        Err(FieldProblem::TooLong)
    } else {
        Ok(())
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
