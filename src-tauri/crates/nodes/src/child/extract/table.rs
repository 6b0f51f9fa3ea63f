//! Rows of values into a list of objects.

use std::collections::HashSet;

use engine::StepError;
use flow::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::{Extract, MOST_CELLS, MOST_ROWS, damaged, text, too_large};

/// A column of a table.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    /// Its name. Where the first row names the columns, one of those.
    #[schemars(length(min = 1, max = 200))]
    pub(crate) name: String,
    /// What its values are.
    #[serde(rename = "type", default)]
    pub(crate) cell: Cell,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cell {
    /// Text, as it stands.
    #[default]
    Text,
    /// Numbers, with a point before the decimals. Nothing where the place is empty.
    Number,
    /// True or false, yes or no, 1 or 0. Nothing where the place is empty.
    Bool,
}

/// Takes rows one by one, and makes objects of them.
pub(super) struct Table<'a> {
    extract: &'a Extract,
    /// Names, and the type where one was chosen; none before the first row.
    columns: Option<Vec<(String, Option<Cell>)>>,
    rows: Vec<Value>,
    cells: usize,
}

impl<'a> Table<'a> {
    pub(super) const fn new(extract: &'a Extract) -> Self {
        Self { extract, columns: None, rows: Vec::new(), cells: 0 }
    }

    /// The next row. `number` is the place of the row in the document, from 1.
    pub(super) fn row(&mut self, number: usize, values: Vec<Value>) -> Result<(), StepError> {
        let columns = match &mut self.columns {
            Some(columns) => columns,
            none if self.extract.header => {
                *none = Some(named(self.extract, &values)?);
                return Ok(());
            }
            none => none.insert(self.extract.columns.iter().map(|column| (column.name.clone(), Some(column.cell))).collect()),
        };
        for more in columns.len()..values.len() {
            columns.push((format!("column_{}", more + 1), None));
        }
        self.cells += values.len();
        if self.rows.len() == MOST_ROWS || self.cells > MOST_CELLS {
            return Err(too_large(&format!("a table has at most {MOST_ROWS} rows and {MOST_CELLS} values")));
        }
        let row = columns.iter().zip(values).map(|((name, cell), value)| {
            let value = match cell {
                Some(cell) => typed(*cell, value).map_err(|value| {
                    let message = format!("In row {number}, {name} is {}, which is no {}.", crate::short(&value), word(*cell));
                    StepError::new("TYPE_MISMATCH", message, "Change the column's type, or the document.")
                })?,
                None => value,
            };
            Ok((name.clone(), value))
        });
        self.rows.push(row.collect::<Result<Map<_, _>, _>>()?.into());
        Ok(())
    }

    pub(super) fn value(self) -> Value {
        Value::Array(self.rows)
    }
}

/// The names of a header row: one that is empty gets a number, one that was there before gets one behind it.
fn named(extract: &Extract, header: &[Value]) -> Result<Vec<(String, Option<Cell>)>, StepError> {
    let mut seen = HashSet::new();
    let mut columns = Vec::with_capacity(header.len());
    for (at, value) in header.iter().enumerate() {
        let given = plain(value);
        let given = if given.trim().is_empty() { format!("column_{}", at + 1) } else { given.trim().to_owned() };
        let mut name = given.clone();
        let mut again = 2_u32;
        while !seen.insert(name.clone()) {
            name = format!("{given}_{again}");
            again += 1;
        }
        let cell = extract.columns.iter().find(|column| column.name == name).map(|column| column.cell);
        columns.push((name, cell));
    }
    match extract.columns.iter().find(|column| !seen.contains(&column.name)) {
        Some(lacking) => {
            let message = format!("The document has no column {:?}.", lacking.name);
            Err(StepError::new("NO_COLUMN", message, "Name the columns as the first row does."))
        }
        None => Ok(columns),
    }
}

/// A value as its column has it; itself where it can't be that.
fn typed(cell: Cell, value: Value) -> Result<Value, Value> {
    let text = plain(&value);
    let text = text.trim();
    match cell {
        Cell::Text => Ok(plain(&value).into()),
        _ if text.is_empty() => Ok(Value::Null),
        Cell::Number => {
            let whole = text.parse::<i64>().map(Value::from);
            whole.or_else(|_| text.parse().ok().and_then(serde_json::Number::from_f64).map(Value::from).ok_or(value))
        }
        Cell::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true.into()),
            "false" | "no" | "0" => Ok(false.into()),
            _ => Err(value),
        },
    }
}

/// A value as text, without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

const fn word(cell: Cell) -> &'static str {
    match cell {
        Cell::Text => "text",
        Cell::Number => "number",
        Cell::Bool => "yes or no",
    }
}

/// Reads CSV. A line that has more or fewer values than the first is a mistake.
pub(super) fn csv(extract: &Extract, document: &[u8]) -> Result<Value, StepError> {
    let text = text(document)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(extract.delimiter).from_reader(text.as_bytes());
    let mut table = Table::new(extract);
    for record in reader.records() {
        let record = record.map_err(|error| damaged("CSV", &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        table.row(usize::try_from(line).unwrap_or_default(), record.iter().map(Value::from).collect())?;
    }
    Ok(table.value())
}
