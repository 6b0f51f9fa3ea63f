//! Carrying out changes: few statements, each for many rows, from a small set of texts so that they stay prepared.

use std::{collections::HashMap, sync::Arc};

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::{
    changes::{AuditRow, Change, Changes, EventRow},
    table::{Ask, Cell, Row, TABLES, Table, bind},
};

/// The most rows of one statement.
const MOST_ROWS: usize = 128;

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

/// The texts of statements made so far.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<(&'static str, Verb, usize), Arc<str>>);

impl Texts {
    fn get(&mut self, table: &Table, verb: Verb, rows: usize) -> Arc<str> {
        self.0.entry((table.name, verb, rows)).or_insert_with(|| text(table, verb, rows).into()).clone()
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

/// Writes rows in statements of 128, 64, 32, … rows, so that a few texts serve any number.
async fn many<T>(
    conn: &mut SqliteConnection,
    texts: &mut Texts,
    (table, verb): (&Table, Verb),
    rows: Vec<T>,
    bind_row: impl for<'q> Fn(Ask<'q>, T) -> Ask<'q>,
) -> Result<(), sqlx::Error> {
    let mut left = rows.len();
    let mut rows = rows.into_iter();
    while left > 0 {
        let size = if left >= MOST_ROWS { MOST_ROWS } else { 1 << left.ilog2() };
        let mut query = sqlx::query(AssertSqlSafe(texts.get(table, verb, size)));
        for row in rows.by_ref().take(size) {
            query = bind_row(query, row);
        }
        query.execute(&mut *conn).await?;
        left -= size;
    }
    Ok(())
}

fn bind_cells(query: Ask<'_>, row: Row) -> Ask<'_> {
    row.into_iter().fold(query, bind)
}

fn bind_event(query: Ask<'_>, row: EventRow) -> Ask<'_> {
    let EventRow { run, seq, at, v, kind, path, body, digest, hash } = row;
    let query = query.bind(run).bind(seq).bind(at).bind(v).bind(kind).bind(path).bind(body);
    query.bind(digest.bytes().to_vec()).bind(hash.bytes().to_vec())
}

fn bind_link(query: Ask<'_>, row: AuditRow) -> Ask<'_> {
    let AuditRow { seq, at, kind, body, hash } = row;
    query.bind(seq).bind(at).bind(kind).bind(body).bind(hash.bytes().to_vec())
}

/// Writes all changes inside the transaction that is open.
pub(crate) async fn write(conn: &mut SqliteConnection, texts: &mut Texts, mut changes: Changes) -> Result<(), sqlx::Error> {
    many(conn, texts, (&JOURNAL, Verb::Insert), std::mem::take(&mut changes.journal), bind_event).await?;
    let blobs = std::mem::take(&mut changes.blobs);
    many(conn, texts, (&BLOBS, Verb::InsertIfMissing), blobs, |q, (digest, bytes)| q.bind(digest.bytes().to_vec()).bind(bytes))
        .await?;
    many(conn, texts, (&AUDIT, Verb::Insert), std::mem::take(&mut changes.audit), bind_link).await?;
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
        many(conn, texts, (table, Verb::Insert), new, bind_cells).await?;
        many(conn, texts, (table, Verb::Upsert), put, bind_cells).await?;
        many(conn, texts, (table, Verb::Delete), gone, bind_cells).await?;
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
    bind_cells(sqlx::query(AssertSqlSafe(text)), cells.collect()).execute(conn).await?;
    Ok(())
}
