//! What a table holds, row by row and as a digest: for moving from one engine to another, and for knowing that everything arrived.

use sha2::{Digest, Sha256};

use super::statement::Statement;
use super::table::{Table, list};
use super::value::{Columns, Kind, Value};
use crate::StoreError;

/// Rows of one page.
const PAGE: usize = 500;

const ROWID: (&str, Kind) = ("rowid", Kind::Integer);

/// How much a table holds, and a digest of all of it in the order of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 over every value with its kind and length.
    pub digest: [u8; 32],
}

/// Some rows of a table, one after the other, each value in the order of [`TableCopy::columns`].
pub type Page = Vec<Value<'static>>;

/// Reads a table from its first row to its last, page by page.
pub struct TableCopy {
    columns: Vec<(&'static str, Kind)>,
    /// How many columns say the order of the rows; they come first.
    order: usize,
    table: &'static str,
    last: Page,
    rows: u64,
    digest: Sha256,
}

impl TableCopy {
    /// From the first row.
    pub fn of(table: &'static Table) -> Self {
        let rowid = table.has_rowid.then_some(ROWID);
        Self {
            columns: rowid.into_iter().chain(table.columns.iter().copied()).collect(),
            order: if table.has_rowid { 1 } else { table.key },
            table: table.name,
            last: Page::new(),
            rows: 0,
            digest: Sha256::new(),
        }
    }

    /// The columns of a page, and their kinds.
    pub fn columns(&self) -> &[(&'static str, Kind)] {
        &self.columns
    }

    /// The query of the next page.
    pub fn next_page(&self) -> Statement<'static> {
        let columns = list(self.columns.iter().map(|(name, _)| *name));
        let order = list(self.columns.iter().take(self.order).map(|(name, _)| *name));
        let (values, after) = if self.last.is_empty() {
            (Vec::new(), String::new())
        } else {
            let places = super::statement::places(1, self.order);
            (self.last.clone(), format!("WHERE ({order}) > {places}"))
        };
        let text = format!(
            "SELECT {columns} FROM {} {after} ORDER BY {order} LIMIT {PAGE}",
            self.table
        );
        Statement::new(text, values)
    }

    /// Takes the rows of that query; none is left when there are none.
    ///
    /// # Errors
    /// [`StoreError`] when a row has other columns.
    pub fn take<R: Columns>(&mut self, rows: &[R]) -> Result<Page, StoreError> {
        let mut page = Page::with_capacity(rows.len() * self.columns.len());
        for row in rows {
            for (name, kind) in &self.columns {
                let value = value(row, name, *kind)?;
                digest(&mut self.digest, &value);
                page.push(value);
            }
            self.rows += 1;
        }
        let last_row = page.len().saturating_sub(self.columns.len());
        let last = page.iter().skip(last_row).take(self.order);
        self.last = last.cloned().collect();
        Ok(page)
    }

    /// What was read.
    pub fn content(self) -> Content {
        Content {
            rows: self.rows,
            digest: self.digest.finalize().into(),
        }
    }
}

fn value<R: Columns>(row: &R, name: &'static str, kind: Kind) -> Result<Value<'static>, StoreError> {
    Ok(match kind {
        Kind::Text => Value::Text(row.optional_text(name)?.map(Into::into)),
        Kind::Integer => Value::Integer(row.optional_integer(name)?),
        Kind::Octets => Value::Octets(row.optional_octets(name)?.map(Into::into)),
    })
}

/// A kind, a length and the octets; a null has no length.
fn digest(hash: &mut Sha256, value: &Value<'_>) {
    let number;
    let (kind, octets): (u8, Option<&[u8]>) = match value {
        Value::Text(text) => (0, text.as_deref().map(str::as_bytes)),
        Value::Integer(integer) => {
            number = integer.map(i64::to_be_bytes);
            (1, number.as_ref().map(<[u8; 8]>::as_slice))
        }
        Value::Octets(octets) => (2, octets.as_deref()),
    };
    hash.update([kind, u8::from(octets.is_some())]);
    if let Some(octets) = octets {
        hash.update(octets.len().to_be_bytes());
        hash.update(octets);
    }
}
