//! What a command prints: aligned text for a person, or one JSON value for a program.

use std::io::Write;

use serde::Serialize;

use super::CliError;

/// How to print.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Output {
    /// Print one JSON value on one line instead of text, an error as well: {"error":{"what","why","fix","exitCode"}}.
    ///
    /// Standard output has the JSON value alone, also when the command fails; text for people stands on standard error.
    #[arg(long)]
    pub json: bool,
}

impl Output {
    /// Prints `value` as JSON, or `text` for a person.
    ///
    /// # Errors
    /// [`CliError`] when nobody can be told.
    pub fn print(self, value: &impl Serialize, text: &str) -> Result<(), CliError> {
        if self.json {
            json(value)
        } else {
            line(text.trim_end())
        }
    }

    /// Prints a table in place of text.
    pub(super) fn print_table<const N: usize>(
        self,
        value: &impl Serialize,
        rows: &[[String; N]],
        empty: &str,
    ) -> Result<(), CliError> {
        if rows.is_empty() {
            self.print(value, empty)
        } else {
            self.print(value, &table(rows))
        }
    }
}

/// Prints one line.
///
/// # Errors
/// [`CliError`] when standard output is gone.
pub(super) fn line(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map_err(|error| CliError::failed("the output cannot be written", error, ""))
}

/// Prints a note to standard error, so that it never mixes with what a program reads.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints one JSON value on one line.
pub(super) fn json(value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(value);
    line(&text.map_err(|error| CliError::failed("the output cannot be written as JSON", error, ""))?)
}

/// Columns side by side, as wide as their longest cell.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let render = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(render).collect::<Vec<_>>().join("\n")
}

/// Text of strangers at a terminal: no control character moves the cursor or hides what stands there (CWE-150).
pub(super) fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if hidden(c) { '\u{FFFD}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_tail() {
        let rows = [
            ["a".to_owned(), "b".to_owned()],
            ["élan".to_owned(), String::new()],
        ];
        assert_eq!(table(&rows), "a     b\nélan");
    }

    #[test]
    fn a_strangers_text_cannot_steer_the_terminal() {
        assert_eq!(plain("Bar\u{1B}[2J\u{202E}x"), "Bar\u{FFFD}[2J\u{FFFD}x");
    }
}
