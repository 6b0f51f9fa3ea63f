//! A sheet of a spreadsheet.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use engine::StepError;
use flow::Value;

use super::{Extract, damaged, table::Table, too_large};

/// The widest sheet, in columns.
const WIDEST: usize = 1_000;

/// Reads a sheet cell by cell: a sheet may say that it has more places than any memory.
pub(super) fn read(extract: &Extract, document: &[u8]) -> Result<Value, StepError> {
    let bad = |error: XlsxError| damaged("XLSX", &error);
    let mut book = Xlsx::new(Cursor::new(document)).map_err(bad)?;
    let names = book.sheet_names();
    let sheet = match &extract.sheet {
        Some(sheet) if !names.contains(sheet) => {
            let message = format!("The document has no sheet {sheet:?}.");
            return Err(StepError::new("NO_SHEET", message, format!("It has {}.", names.join(", "))));
        }
        Some(sheet) => sheet,
        None => names.first().ok_or_else(|| damaged("XLSX", &"it has no sheet"))?,
    };
    let mut cells = book.worksheet_cells_reader(sheet).map_err(bad)?;
    let mut table = Table::new(extract);
    // Places of rows and columns as the sheet counts them, from 0.
    let (mut row, mut values) = (0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(bad)? {
        let (at, column) = cell.get_position();
        let (at, column) = (usize::try_from(at).unwrap_or(usize::MAX), usize::try_from(column).unwrap_or(usize::MAX));
        if at < row || column >= WIDEST {
            return Err(if at < row {
                damaged("XLSX", &"its rows are out of order")
            } else {
                too_large("a sheet has at most 1000 columns")
            });
        }
        if at > row {
            flush(&mut table, row, &mut values)?;
            row = at;
        }
        let value = value(cell.get_value());
        if values.len() <= column {
            values.resize(column + 1, Value::Null);
        }
        values[column] = value;
    }
    flush(&mut table, row, &mut values)?;
    Ok(table.value())
}

/// The row that came to its end. One with nothing in it is left out.
fn flush(table: &mut Table<'_>, row: usize, values: &mut Vec<Value>) -> Result<(), StepError> {
    let values = std::mem::take(values);
    if values.iter().all(Value::is_null) { Ok(()) } else { table.row(row + 1, values) }
}

/// A cell: numbers and truth as they are, days as text.
fn value(cell: &DataRef<'_>) -> Value {
    match cell {
        DataRef::Empty => Value::Null,
        DataRef::Int(number) => (*number).into(),
        // A sheet knows only one kind of number; one that is whole is meant so.
        DataRef::Float(number) => whole(*number).map_or_else(|| (*number).into(), Value::from),
        DataRef::String(text) => text.as_str().into(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Bool(bool) => (*bool).into(),
        DataRef::DateTime(at) => day(at).into(),
        DataRef::DateTimeIso(at) | DataRef::DurationIso(at) => at.as_str().into(),
        DataRef::Error(error) => error.to_string().into(),
    }
}

fn whole(number: f64) -> Option<i64> {
    // Up to here a whole number and the one beside it are told apart.
    const MOST: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() < MOST).then(|| format!("{number:.0}").parse().ok()).flatten()
}

/// A day as 2024-05-17, with the time where it is not midnight; a length of time as its hours, minutes and seconds.
fn day(at: &ExcelDateTime) -> String {
    if at.is_duration() {
        let seconds = whole((at.as_f64() * 86_400.0).round()).unwrap_or_default();
        let (sign, seconds) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
        return format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    match (hour, minute, second) {
        (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
    }
}
