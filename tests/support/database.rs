//! Looking into a store's file, and spoiling it.

use std::path::Path;

use sqlx::{
    AssertSqlSafe, Connection as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteRow},
};

/// Where the database of a workspace is.
pub fn of(workspace: &Path) -> std::path::PathBuf {
    workspace.join("store.sqlite")
}

fn with<T>(path: &Path, act: impl AsyncFnOnce(&mut SqliteConnection) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let result = act(&mut connection).await;
        connection.close().await.unwrap();
        result
    })
}

/// What a query gives, of a database that nobody has open.
pub fn rows<T>(path: &Path, sql: &str, read: impl Fn(&SqliteRow) -> T) -> Vec<T> {
    with(path, async |connection| {
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await.unwrap();
        rows.iter().map(read).collect()
    })
}

/// Changes a database that nobody has open; gives how many rows were changed.
pub fn change(path: &Path, sql: &str) -> u64 {
    with(path, async |connection| sqlx::query(AssertSqlSafe(sql)).execute(connection).await.unwrap().rows_affected())
}
