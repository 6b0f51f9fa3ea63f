//! How things read in a terminal.

use std::fmt;

use flow::Digest;
use serde::Serialize;

/// A time in milliseconds since the epoch, in UTC and to the second.
pub fn when(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    jiff::Timestamp::from_second(seconds).map_or_else(|_| format!("{ms} ms"), |time| time.to_string())
}

/// A duration in microseconds.
pub fn took(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        _ => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

/// The first and last eight digits of a digest.
pub(crate) fn short(digest: &Digest) -> String {
    let text = digest.to_string();
    format!("{}…{}", &text[..8], &text[text.len() - 8..])
}

/// The text that a unit variant is written as.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        other => other.map(|value| value.to_string()).unwrap_or_default(),
    }
}

/// A value in one line, cut where it is long.
pub(crate) fn brief(value: &flow::Value) -> String {
    const MOST: usize = 100;
    let text = match value {
        flow::Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    };
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Text from flows, agents or speech with its control characters written out, so that it can't move a terminal's cursor.
pub(crate) fn visible(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

/// Rows as columns that line up; the last one is not padded.
pub(crate) fn columns(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..count).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Rows as CSV (RFC 4180). Text that a spreadsheet would take for a formula begins with an apostrophe.
pub(crate) fn csv(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>]) -> fmt::Result {
    for row in rows {
        let cells: Vec<_> = row.iter().map(|cell| csv_cell(cell)).collect();
        write!(f, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}

fn csv_cell(cell: &str) -> String {
    let is_a_number = cell.strip_prefix('-').unwrap_or(cell).bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let cell =
        if !is_a_number && cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_durations_and_digests() {
        assert_eq!(when(1_763_726_399_999), "2025-11-21T11:59:59Z");
        assert_eq!([took(12), took(12_345), took(12_345_678)], ["12 µs", "12.3 ms", "12.3 s"]);
        assert_eq!(short(&Digest::from_bytes([0xab; 32])), "abababab…abababab");
    }

    #[test]
    fn a_spreadsheet_runs_nothing() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("-25.00"), "-25.00");
        assert_eq!(csv_cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
    }
}
