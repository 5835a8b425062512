//! Statements: a text that every engine reads alike, and the values of its places `$1`, `$2`, ...

use std::borrow::Cow;

use super::value::Value;

/// A statement with its values.
#[derive(Clone)]
pub struct Statement<'a> {
    /// The text.
    pub text: Cow<'static, str>,
    /// The values of its places, in order.
    pub values: Vec<Value<'a>>,
    /// Whether a row must be written. When none is, another writer was faster.
    pub must_write: bool,
}

impl<'a> Statement<'a> {
    /// A statement.
    pub fn new(text: impl Into<Cow<'static, str>>, values: Vec<Value<'a>>) -> Self {
        Self {
            text: text.into(),
            values,
            must_write: false,
        }
    }

    pub(super) fn must_write(self) -> Self {
        Self {
            must_write: true,
            ..self
        }
    }
}

/// `($1, $2), ($3, $4)`: the places of so many rows.
pub(super) fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_on_from_row_to_row() {
        assert_eq!(places(2, 3), "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(places(1, 1), "($1)");
    }
}
