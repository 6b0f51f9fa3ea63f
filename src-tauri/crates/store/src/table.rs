//! Tables as data: what the writer writes and what `verify` compares go through the same rows.

use sqlx::{
    Arguments as _, Column as _, Row as _, TypeInfo as _, ValueRef as _,
    error::BoxDynError,
    sqlite::{SqliteArguments, SqliteRow},
};

/// One value in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// The values of a row, in the order of its table's columns.
pub(crate) type Row = Vec<Cell>;

/// A table that is derived from journal and audit chain. The first `keys` columns are its primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) keys: usize,
}

impl Table {
    /// Where a column stands.
    pub(crate) fn at(&self, column: &str) -> usize {
        self.columns.iter().position(|c| *c == column).expect("columns are named in this crate only")
    }
}

macro_rules! tables {
    ($($name:ident: $text:literal ($keys:literal) [$($column:literal),+];)+) => {
        /// Indexes of tables in [`TABLES`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Of { $($name),+ }
        /// All derived tables, in the order in which rows can be written so that what they refer to is there.
        pub(crate) const TABLES: &[Table] = &[$(Table { name: $text, columns: &[$($column),+], keys: $keys }),+];
    };
}

tables! {
    Workspace: "workspace" (1) ["id", "created_at"];
    Flows: "flows" (1) ["digest", "id", "name", "logic", "layout", "stored_at"];
    Runs: "runs" (1) ["id", "flow_id", "flow", "state", "started_at", "started_by", "ended_at"];
    Waiting: "waiting" (2) ["run", "path", "prompt", "due"];
    Policies: "policies" (1) ["number", "since", "digest", "body"];
    Switch: "switch" (1) ["name", "paused", "by", "at"];
    Profiles: "profiles" (1) ["id", "added_at", "body"];
    Payees: "payees" (1) ["id", "name", "put_at", "body"];
    Prompts: "prompts" (1) ["id", "kind", "run", "path", "opened_at", "expires_at", "state", "ended_at", "live", "body"];
    Decisions: "decisions" (1) ["digest", "prompt", "nth", "profile", "answer", "at", "body"];
    Accounts: "accounts" (1) ["id", "name", "asset", "kind", "opened_at", "posted", "held", "incoming"];
    Holds: "holds" (1) ["id", "payer", "payee", "asset", "minor", "memo", "at", "expires_at", "charges", "state", "taken", "ended_at"];
    Transfers: "transfers" (1) ["id", "payer", "payee", "asset", "minor", "memo", "at", "of_hold"];
    Usage: "usage" (3) ["budget", "period", "asset", "posted", "held"];
    Claims: "claims" (1) ["key", "run", "body"];
    Secrets: "secrets" (1) ["name", "hosts", "created", "place", "last_used"];
}

impl Of {
    pub(crate) const fn table(self) -> &'static Table {
        &TABLES[self as usize]
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Int(value.into())
    }
}
impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<flow::Digest> for Cell {
    fn from(value: flow::Digest) -> Self {
        Self::Blob(value.bytes().to_vec())
    }
}
impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// How a cell is shown in a report.
impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("nothing"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(text) if text.chars().count() > 60 => write!(f, "{:?}…", text.chars().take(60).collect::<String>()),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Blob(bytes) => f.write_str(&hex::encode(bytes.get(..16).unwrap_or(bytes))),
        }
    }
}

/// An amount's minor units as text of one width.
pub(crate) fn minor(value: i128) -> Cell {
    Cell::Text(format!("{value:+040}"))
}

/// Adds a row's cells to the arguments of a statement.
pub(crate) fn add_cells(to: &mut SqliteArguments, row: impl IntoIterator<Item = Cell>) -> Result<(), BoxDynError> {
    row.into_iter().try_for_each(|cell| match cell {
        Cell::Null => to.add(None::<i64>),
        Cell::Int(value) => to.add(value),
        Cell::Text(text) => to.add(text),
        Cell::Blob(bytes) => to.add(bytes),
    })
}

/// The arguments of a statement.
pub(crate) fn arguments(cells: impl IntoIterator<Item = Cell>) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    add_cells(&mut arguments, cells).map_err(sqlx::Error::Encode)?;
    Ok(arguments)
}

/// The cells of a row as it was read, whatever types they have now.
pub(crate) fn cells(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    (0..row.len())
        .map(|i| {
            let raw = row.try_get_raw(i)?;
            if raw.is_null() {
                return Ok(Cell::Null);
            }
            Ok(match raw.type_info().name() {
                "INTEGER" => Cell::Int(row.try_get_unchecked(i)?),
                // Damaged text may not be UTF-8; it must still be comparable.
                "TEXT" => match row.try_get_unchecked::<String, _>(i) {
                    Ok(text) => Cell::Text(text),
                    Err(_) => Cell::Blob(row.try_get_unchecked(i)?),
                },
                "BLOB" => Cell::Blob(row.try_get_unchecked(i)?),
                other => return Err(sqlx::Error::Protocol(format!("column {} holds a {other}", row.column(i).name()))),
            })
        })
        .collect()
}
