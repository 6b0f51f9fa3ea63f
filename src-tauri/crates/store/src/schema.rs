//! The database file: whose it is, which version, and bringing it up to date.

use std::{io::Read as _, path::Path};

use flow::Digest;
use sqlx::{
    AssertSqlSafe, Connection as _, Row as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    StoreError,
    error::{is_damage, plain},
};

/// Marks our files: "Asnt".
const APPLICATION_ID: u32 = 0x4173_6e74;

/// The steps from an empty database to the newest version; the version is how many were taken. Each ends in one transaction.
const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001.sql"), include_str!("../migrations/0002.sql")];

/// The digest of the newest version's schema as SQLite has it.
const SCHEMA: &str = "c4bf8d3078368d77fafc41aef7446a48f4e7f32a263ca52511978e264202164d";

const PAGE: u32 = 8192;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Database { application: u32, version: u32 },
}

fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// Reads the first bytes without SQLite, which would touch the files beside.
fn look(path: &Path) -> Result<Found, StoreError> {
    let fail = |e: std::io::Error| StoreError::folder(path, format!("the store can't be read: {e}"));
    let damaged = |what: &str| Err(StoreError::Damaged { path: path.to_owned(), what: what.to_owned() });
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(fail(e)),
    };
    let size = file.metadata().map_err(fail)?.len();
    if size == 0 {
        return Ok(Found::Nothing);
    }
    let mut head = [0; 100];
    if file.read_exact(&mut head).is_err() || !head.starts_with(b"SQLite format 3\0") {
        return Err(StoreError::Foreign {
            path: path.to_owned(),
            what: "its first bytes are not those of an SQLite database".to_owned(),
        });
    }
    let four = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let page = match u64::from(u16::from_be_bytes([head[16], head[17]])) {
        1 => 65_536,
        page => page,
    };
    // With a log beside it, the file may be behind what its first page says.
    if page < 512 || !page.is_power_of_two() {
        return damaged("its page size makes no sense");
    }
    if !has_log(path) && (size % page != 0 || size < u64::from(four(28)) * page) {
        return damaged("it is shorter than it says; its end is missing");
    }
    Ok(Found::Database { application: four(68), version: four(60) })
}

fn options(path: &Path) -> SqliteConnectOptions {
    use sqlx::ConnectOptions as _;
    SqliteConnectOptions::new().filename(path).disable_statement_logging()
}

/// How the one writing connection is opened.
fn writing(path: &Path) -> SqliteConnectOptions {
    options(path)
        .create_if_missing(true)
        .page_size(PAGE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(400)
        .pragma("wal_autocheckpoint", "2000")
        .pragma("cache_size", "-16384")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
}

/// How reading connections are opened.
pub(crate) fn reading(path: &Path) -> SqliteConnectOptions {
    options(path).read_only(true).foreign_keys(false).pragma("trusted_schema", "OFF").pragma("cell_size_check", "ON")
}

/// Opens the store's file to write, made and brought up to date where it must be. Refuses, and leaves as it is, what is damaged, newer
/// or not ours.
pub(crate) async fn open(path: &Path) -> Result<SqliteConnection, StoreError> {
    let mut version = match look(path)? {
        Found::Nothing => 0,
        Found::Database { application, version } => check(path, application, version).await?,
    };
    let failed = |e: sqlx::Error| of_opening(path, &e);
    #[cfg(unix)]
    if version == 0 {
        // Made by us before SQLite would make it, so that only this user can read it.
        let made = crate::lock::private_file().create(true).append(true).open(path);
        made.map_err(|e| StoreError::folder(path, format!("the store can't be made: {e}")))?;
    }
    let mut conn = SqliteConnection::connect_with(&writing(path)).await.map_err(failed)?;
    let mut result = Ok(());
    while result.is_ok() && version < known() {
        result = migrate(&mut conn, version).await;
        version += 1;
    }
    match result {
        Ok(()) => Ok(conn),
        Err(error) => {
            // Waits, so that the files beside it are gone again.
            let _ = conn.close().await;
            Err(failed(error))
        }
    }
}

/// The version of a database that is there, if it is ours, not newer than we are, and has our tables. Looks without touching anything.
async fn check(path: &Path, application: u32, version: u32) -> Result<u32, StoreError> {
    let judge = |application: u32, version: u32| match (application, version) {
        // The two are written in one transaction with the first tables.
        (APPLICATION_ID, 0) => Err(StoreError::Damaged { path: path.to_owned(), what: "its version is missing".to_owned() }),
        (APPLICATION_ID, version) if version <= known() => Ok(version),
        (APPLICATION_ID, found) => Err(StoreError::Newer { path: path.to_owned(), found, known: known() }),
        _ => Err(StoreError::Foreign { path: path.to_owned(), what: "it is a database of another program".to_owned() }),
    };
    let log = has_log(path);
    if !log && application != 0 {
        judge(application, version)?;
    }
    // Without a log SQLite can look without touching anything; with one, the files beside are there already.
    let mut conn = SqliteConnection::connect_with(&reading(path).immutable(!log)).await.map_err(|e| of_opening(path, &e))?;
    let looked = inside(&mut conn).await;
    let _ = conn.close().await;
    match looked.map_err(|e| of_opening(path, &e))? {
        // A store that was being made when its process ended.
        (0, 0, None) => Ok(0),
        (application, version, schema) => {
            let version = judge(application, version)?;
            let found = schema.unwrap_or_else(|| Digest::of_bytes(b"")).to_string();
            if version < known() || found == SCHEMA {
                return Ok(version);
            }
            Err(StoreError::Damaged {
                path: path.to_owned(),
                what: format!("its tables are not as they were made (their digest is {found})"),
            })
        }
    }
}

/// Whether something is written that is not in the database's own file yet.
fn has_log(path: &Path) -> bool {
    std::fs::metadata(path.with_extension("sqlite-wal")).is_ok_and(|m| m.len() > 0)
}

/// Whose it is, which version, and the digest of its schema, if it has one.
async fn inside(conn: &mut SqliteConnection) -> Result<(u32, u32, Option<Digest>), sqlx::Error> {
    let sql = "SELECT (SELECT application_id FROM pragma_application_id) AS application, \
         (SELECT user_version FROM pragma_user_version) AS version, \
         group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, ''), char(10)) AS text \
         FROM (SELECT * FROM sqlite_schema ORDER BY type, name)";
    let row = sqlx::query(sql).fetch_one(conn).await?;
    let number = |column| row.try_get::<i64, _>(column).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let text: Option<String> = row.try_get("text")?;
    Ok((number("application")?, number("version")?, text.map(|text| Digest::of_bytes(text.as_bytes()))))
}

async fn migrate(conn: &mut SqliteConnection, version: u32) -> Result<(), sqlx::Error> {
    let step = MIGRATIONS[usize::try_from(version).unwrap_or(usize::MAX)];
    let next = version + 1;
    let text =
        format!("BEGIN IMMEDIATE; {step}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {next}; COMMIT;");
    sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *conn).await?;
    // So that the file's first bytes, which are looked at before it is opened, say so too.
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(conn).await?;
    Ok(())
}

/// Whether the file is marked as ours and of the newest version, and the schema is the one we made.
pub(crate) async fn is_ours(conn: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let (application, version, schema) = inside(conn).await?;
    Ok((application, version) == (APPLICATION_ID, known()) && schema.is_some_and(|found| found.to_string() == SCHEMA))
}

/// What an error on opening means.
pub(crate) fn of_opening(path: &Path, error: &sqlx::Error) -> StoreError {
    if is_damage(error) {
        StoreError::Damaged { path: path.to_owned(), what: plain(error) }
    } else {
        StoreError::folder(path, format!("the store can't be opened: {}", plain(error)))
    }
}
