//! Proving that a store is what its journal and audit chain say, and that these are whole.

mod chain;
mod journal;
mod links;
mod tables;

use std::path::Path;

use serde::Serialize;
use sqlx::{Connection as _, SqliteConnection};

use crate::{Store, StoreError, schema, store::database};

/// What was checked, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was checked, and how many of it.
    pub checks: Vec<Check>,
    /// What is wrong. Empty: the store is whole.
    pub problems: Vec<Problem>,
}

/// One kind of thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What, in plain words.
    pub what: &'static str,
    /// How many.
    pub count: u64,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: a table with row and column, an event of a run, or a link of the audit chain.
    pub place: String,
    /// What is wrong there, in plain words.
    pub what: String,
}

/// More than this many problems are counted, not listed: one cut in a chain makes everything after it wrong.
const MOST_PROBLEMS: usize = 100;

impl Report {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    fn count(&mut self, what: &'static str, by: u64) {
        match self.checks.iter_mut().find(|check| check.what == what) {
            Some(check) => check.count += by,
            None => self.checks.push(Check { what, count: by }),
        }
    }

    fn problem(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem { place: place.into(), what: what.into() });
        }
    }

    /// Notes a problem unless `holds`.
    fn expect(&mut self, holds: bool, place: &str, what: impl FnOnce() -> String) {
        if !holds {
            self.problem(place, what());
        }
    }

    /// Notes that a part could not be read.
    fn unread(&mut self, place: &str, error: &sqlx::Error) {
        self.problem(place, format!("it can't be read: {}", crate::error::plain(error)));
    }
}

/// Verifies the store of a workspace folder without owning it, also when it is too damaged to be opened. See [`Store::verify`].
pub async fn verify_folder(folder: &Path, run: Option<&str>) -> Result<Report, StoreError> {
    let path = database(folder);
    let mut conn = SqliteConnection::connect_with(&schema::reading(&path)).await.map_err(|e| schema::of_opening(&path, &e))?;
    let report = verify(&mut conn, run).await;
    let _ = conn.close().await;
    report
}

impl Store {
    /// Recomputes everything and compares: each event's digest and hash, blobs, flows, the audit chain and the heads of runs in it, every
    /// derived row, decisions' signatures, and the links of receipts. With a run, of runs only that one is looked at.
    pub async fn verify(&self, run: Option<&str>) -> Result<Report, StoreError> {
        if let Some(id) = run
            && self.run(id).await?.is_none()
        {
            return Err(StoreError::unknown("run", id));
        }
        // On a connection of its own: one of those that are shared must not keep an old view, should nobody wait for this any more.
        verify_folder(self.folder(), run).await
    }
}

async fn verify(conn: &mut SqliteConnection, run: Option<&str>) -> Result<Report, StoreError> {
    // One view of the store for all that is read, whatever is written meanwhile.
    sqlx::query("BEGIN").execute(&mut *conn).await.map_err(|e| StoreError::read(&e))?;
    let mut report = Report::default();
    file_is_sound(conn, &mut report).await;
    schema_is_ours(conn, &mut report).await;
    let chain = chain::walk(conn, &mut report).await;
    journal::walk(conn, run, &chain, &mut report).await;
    tables::compare(conn, run, chain, &mut report).await;
    let _ = sqlx::query("ROLLBACK").execute(conn).await;
    Ok(report)
}

/// SQLite's own check: every page belongs to one thing, and every index has what its table has.
async fn file_is_sound(conn: &mut SqliteConnection, report: &mut Report) {
    match sqlx::query_scalar::<_, String>("PRAGMA integrity_check").fetch_all(conn).await {
        Ok(found) => found.into_iter().filter(|line| line != "ok").for_each(|line| report.problem("file", line)),
        Err(error) => report.unread("file", &error),
    }
}

async fn schema_is_ours(conn: &mut SqliteConnection, report: &mut Report) {
    match schema::is_ours(conn).await {
        Ok(ours) => report.expect(ours, "schema", || {
            "the tables, or the marks of whose and which version the file is, are not as they were made".to_owned()
        }),
        Err(error) => report.unread("schema", &error),
    }
}
