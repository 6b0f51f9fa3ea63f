//! Carrying out changes: few statements, each for many rows, from a small set of texts so that they stay prepared.

use std::{collections::HashMap, sync::Arc};

use flow::Digest;
use sqlx::{Arguments as _, AssertSqlSafe, SqliteConnection, error::BoxDynError, sqlite::SqliteArguments};

use crate::{
    changes::{AuditRow, Change, Changes, EventRow},
    table::{Cell, TABLES, Table, add_cells, arguments},
};

/// The most rows of one statement, and up to how many there is a statement for each number of rows; between them they go by this step.
const MOST_ROWS: usize = 256;
const STEP: usize = 32;

const JOURNAL: Table =
    Table { name: "journal", columns: &["run", "seq", "at", "v", "kind", "path", "body", "digest", "hash"], keys: 2 };
const AUDIT: Table = Table { name: "audit", columns: &["seq", "at", "kind", "body", "hash"], keys: 1 };
const BLOBS: Table = Table { name: "blobs", columns: &["digest", "bytes"], keys: 1 };

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Verb {
    Insert,
    InsertIfMissing,
    Upsert,
    Delete,
}

/// Whether a statement goes to SQLite's thread together with the one that begins or ends the transaction. Each way there and back takes
/// longer than some rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum With {
    Nothing,
    Begin,
    Commit,
}

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";

/// The texts of statements made so far.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<(&'static str, Verb, usize, With), Arc<str>>);

impl Texts {
    fn get(&mut self, table: &Table, verb: Verb, rows: usize, with: With) -> Arc<str> {
        let made = || match with {
            With::Nothing => text(table, verb, rows).into(),
            With::Begin => format!("{BEGIN}; {}", text(table, verb, rows)).into(),
            With::Commit => format!("{}; {COMMIT}", text(table, verb, rows)).into(),
        };
        self.0.entry((table.name, verb, rows, with)).or_insert_with(made).clone()
    }
}

fn text(table: &Table, verb: Verb, rows: usize) -> String {
    let Table { name, columns, keys } = table;
    let width = if verb == Verb::Delete { *keys } else { columns.len() };
    let values = vec![format!("({})", vec!["?"; width].join(",")); rows].join(",");
    let key = columns[..*keys].join(",");
    if verb == Verb::Delete {
        return format!("DELETE FROM {name} WHERE ({key}) IN (VALUES {values})");
    }
    let or = if verb == Verb::InsertIfMissing { " OR IGNORE" } else { "" };
    let insert = format!("INSERT{or} INTO {name} ({}) VALUES {values}", columns.join(","));
    if verb != Verb::Upsert {
        return insert;
    }
    let sets: Vec<_> = columns[*keys..].iter().map(|c| format!("{c}=excluded.{c}")).collect();
    format!("{insert} ON CONFLICT({key}) DO UPDATE SET {}", sets.join(","))
}

/// Writes rows in two statements or so, of sizes of which there are few, so that a few texts serve any number. The first or the last goes
/// together with what begins or ends the transaction.
async fn many<T>(
    conn: &mut SqliteConnection,
    texts: &mut Texts,
    (table, verb, with): (&Table, Verb, With),
    rows: Vec<T>,
    add_row: impl Fn(&mut SqliteArguments, T) -> Result<(), BoxDynError>,
) -> Result<(), sqlx::Error> {
    let count = rows.len();
    let mut left = count;
    let mut rows = rows.into_iter();
    while left > 0 {
        let size = match left {
            MOST_ROWS.. => MOST_ROWS,
            STEP.. => left / STEP * STEP,
            _ => left,
        };
        let with = match with {
            With::Begin if left == count => With::Begin,
            With::Commit if left == size => With::Commit,
            _ => With::Nothing,
        };
        let mut arguments = SqliteArguments::default();
        arguments.reserve(size * table.columns.len(), 0);
        rows.by_ref().take(size).try_for_each(|row| add_row(&mut arguments, row)).map_err(sqlx::Error::Encode)?;
        sqlx::query_with(AssertSqlSafe(texts.get(table, verb, size, with)), arguments).execute(&mut *conn).await?;
        left -= size;
    }
    Ok(())
}

fn add_event(to: &mut SqliteArguments, row: EventRow) -> Result<(), BoxDynError> {
    let EventRow { run, seq, at, v, kind, path, body, digest, hash } = row;
    to.add(run)?;
    to.add(seq)?;
    to.add(at)?;
    to.add(v)?;
    to.add(kind)?;
    to.add(path)?;
    to.add(body)?;
    to.add(digest.bytes().to_vec())?;
    to.add(hash.bytes().to_vec())
}

fn add_link(to: &mut SqliteArguments, row: AuditRow) -> Result<(), BoxDynError> {
    let AuditRow { seq, at, kind, body, hash } = row;
    to.add(seq)?;
    to.add(at)?;
    to.add(kind)?;
    to.add(body)?;
    to.add(hash.bytes().to_vec())
}

fn add_blob(to: &mut SqliteArguments, (digest, bytes): (Digest, Vec<u8>)) -> Result<(), BoxDynError> {
    to.add(digest.bytes().to_vec())?;
    to.add(bytes)
}

/// Writes all changes in one transaction. After an error it may still be open.
pub(crate) async fn write(conn: &mut SqliteConnection, texts: &mut Texts, mut changes: Changes) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let (journal, audit) = (std::mem::take(&mut changes.journal), std::mem::take(&mut changes.audit));
    if journal.is_empty() {
        sqlx::query(BEGIN).execute(&mut *conn).await?;
    }
    many(conn, texts, (&JOURNAL, Verb::Insert, With::Begin), journal, add_event).await?;
    tables(conn, texts, changes).await?;
    if audit.is_empty() {
        sqlx::query(COMMIT).execute(conn).await?;
        return Ok(());
    }
    many(conn, texts, (&AUDIT, Verb::Insert, With::Commit), audit, add_link).await
}

async fn tables(conn: &mut SqliteConnection, texts: &mut Texts, mut changes: Changes) -> Result<(), sqlx::Error> {
    let blobs = std::mem::take(&mut changes.blobs);
    many(conn, texts, (&BLOBS, Verb::InsertIfMissing, With::Nothing), blobs, add_blob).await?;
    for (of, rows) in changes.take_tables() {
        let table = &TABLES[of as usize];
        let (mut new, mut put, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (key, change) in rows {
            match change {
                Change::New(row) => new.push(row),
                Change::Put(row) => put.push(row),
                Change::Gone => gone.push(key),
                Change::Patch(columns) => patch(conn, table, key, columns).await?,
            }
        }
        many(conn, texts, (table, Verb::Insert, With::Nothing), new, add_cells).await?;
        many(conn, texts, (table, Verb::Upsert, With::Nothing), put, add_cells).await?;
        many(conn, texts, (table, Verb::Delete, With::Nothing), gone, add_cells).await?;
    }
    if !changes.forgotten.is_empty() {
        let runs = crate::json(&changes.forgotten);
        let prompts = "UPDATE prompts SET live = 0 WHERE live = 1 AND run IN (SELECT value FROM json_each(?))";
        sqlx::query(prompts).bind(runs.clone()).execute(&mut *conn).await?;
        sqlx::query("DELETE FROM claims WHERE run IN (SELECT value FROM json_each(?))").bind(runs).execute(&mut *conn).await?;
    }
    Ok(())
}

async fn patch(
    conn: &mut SqliteConnection,
    table: &Table,
    key: Vec<Cell>,
    columns: Vec<(usize, Cell)>,
) -> Result<(), sqlx::Error> {
    let sets: Vec<_> = columns.iter().map(|(at, _)| format!("{}=?", table.columns[*at])).collect();
    let wheres: Vec<_> = table.columns[..table.keys].iter().map(|c| format!("{c}=?")).collect();
    let text = format!("UPDATE {} SET {} WHERE {}", table.name, sets.join(","), wheres.join(" AND "));
    let cells = columns.into_iter().map(|(_, cell)| cell).chain(key);
    sqlx::query_with(AssertSqlSafe(text), arguments(cells)?).execute(conn).await?;
    Ok(())
}
