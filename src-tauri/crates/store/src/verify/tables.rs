//! Derived tables, row by row and column by column.

use std::collections::BTreeMap;

use consent::Authority;
use flow::{Digest, Layout};
use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{
    Report,
    chain::{Chain, StoredFlow},
};
use crate::{
    snapshot,
    table::{Cell, Of, Row, TABLES, cells},
};

/// Compares all tables that follow from the audit chain, and what only has a digest: flows and blobs.
pub(super) async fn compare(conn: &mut SqliteConnection, run: Option<&str>, mut chain: Chain, report: &mut Report) {
    let all = [
        Of::Workspace,
        Of::Policies,
        Of::Switch,
        Of::Profiles,
        Of::Payees,
        Of::Prompts,
        Of::Decisions,
        Of::Accounts,
        Of::Holds,
        Of::Transfers,
        Of::Usage,
        Of::Claims,
        Of::Secrets,
    ];
    for of in all {
        let rows = std::mem::take(chain.image.rows(of));
        compare_table(conn, of, rows, None, report).await;
    }
    restores_alike(conn, &chain.authority, report).await;
    flows(conn, &mut chain, report).await;
    if run.is_none() {
        blobs(conn, report).await;
    }
}

/// Compares a table, or the rows of it that have this value in this column. Where [`Cell::Null`] is expected in the state of a run, any
/// state of a run that goes on will do.
pub(super) async fn compare_table(
    conn: &mut SqliteConnection,
    of: Of,
    mut expected: BTreeMap<Vec<Cell>, Row>,
    only: Option<(&str, &str)>,
    report: &mut Report,
) {
    let table = of.table();
    let filter = only.map(|(column, _)| format!(" WHERE {column} = ?")).unwrap_or_default();
    let sql = format!("SELECT {} FROM {}{filter}", table.columns.join(", "), table.name);
    let mut query = sqlx::query(AssertSqlSafe(sql));
    if let Some((_, value)) = only {
        query = query.bind(value.to_owned());
    }
    let mut rows = query.fetch(conn);
    loop {
        let row = match rows.try_next().await.and_then(|row| row.as_ref().map(cells).transpose()) {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) => return report.unread(&format!("table {}", table.name), &error),
        };
        report.count("derived rows", 1);
        let key = row[..table.keys].to_vec();
        let named = key.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let Some(expected) = expected.remove(&key) else {
            report
                .problem(format!("table {}, row {named}", table.name), "nothing in the journal or audit chain leads to this row");
            continue;
        };
        for ((column, found), expected) in table.columns.iter().zip(row).zip(expected) {
            if !agrees(of, column, &found, &expected) {
                let place = format!("table {}, row {named}, column {column}", table.name);
                report.problem(place, format!("it holds {found}, and journal and audit chain lead to {expected}"));
            }
        }
    }
    for key in expected.keys() {
        let named = key.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        report.problem(format!("table {}", table.name), format!("row {named} is missing"));
    }
}

fn agrees(of: Of, column: &str, found: &Cell, expected: &Cell) -> bool {
    match (of, column, expected) {
        (Of::Runs, "state", Cell::Null) => matches!(found, Cell::Text(text) if text == "running" || text == "waiting"),
        // When a secret was last used is a hint, which no chain keeps.
        (Of::Secrets, "last_used", _) => matches!(found, Cell::Null | Cell::Int(_)),
        _ => found == expected,
    }
}

/// Whether a restart would find the state that the audit chain leads to.
async fn restores_alike(conn: &mut SqliteConnection, authority: &Authority, report: &mut Report) {
    let restored = match snapshot::read(conn).await {
        Ok(found) => Authority::restore(found).map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match restored {
        Ok(restored) => report.expect(restored.snapshot() == authority.snapshot(), "derived tables", || {
            "a restart would find another state than the audit chain leads to".to_owned()
        }),
        Err(error) => report.problem("derived tables", format!("the state can't be made of them: {error}")),
    }
}

async fn flows(conn: &mut SqliteConnection, chain: &mut Chain, report: &mut Report) {
    let columns = TABLES[Of::Flows as usize].columns.join(", ");
    let mut rows = sqlx::query(AssertSqlSafe(format!("SELECT {columns} FROM flows"))).fetch(conn);
    loop {
        match rows.try_next().await.and_then(|row| row.as_ref().map(cells).transpose()) {
            Ok(Some(row)) => {
                report.count("versions of flows", 1);
                flow(row, chain, report);
            }
            Ok(None) => break,
            Err(error) => return report.unread("table flows", &error),
        }
    }
    for lost in chain.flows.keys() {
        report.problem("table flows", format!("version {lost} is missing"));
    }
}

fn flow(row: Row, chain: &mut Chain, report: &mut Report) {
    let [Cell::Blob(digest), Cell::Text(id), Cell::Text(name), Cell::Text(logic), Cell::Text(layout), Cell::Int(stored_at)] =
        row.as_slice()
    else {
        return report.problem("table flows", "a column of a row holds what it can't hold");
    };
    let place = format!("table flows, row {}", hex::encode(digest));
    let digest = <[u8; 32]>::try_from(digest.as_slice()).map(Digest::from_bytes).ok();
    let Some((digest, stored)) = digest.and_then(|digest| Some((digest, chain.flows.remove(&digest)?))) else {
        return report.problem(place, "the audit chain does not know this version");
    };
    let StoredFlow { id: expected_id, name: expected_name, layout: drawn, at } = stored;
    match flow::read(logic) {
        Ok(flow) => {
            let same = flow::logic_digest(&flow) == digest && flow.layout == Layout::default() && flow::write(&flow) == *logic;
            report.expect(same, &place, || "its logic is not the one that its digest names".to_owned());
            report.expect((&flow.id, &flow.name) == (&expected_id, &expected_name), &place, || {
                "its logic has another id or name".to_owned()
            });
        }
        Err(error) => report.problem(&place, format!("its logic can't be read: {error}")),
    }
    report.expect((id, name) == (&expected_id, &expected_name), &place, || {
        "its id or name is not the one in the audit chain".to_owned()
    });
    report.expect(Digest::of_bytes(layout.as_bytes()) == drawn, &place, || {
        "its layout is not the one in the audit chain".to_owned()
    });
    report.expect(*stored_at == at, &place, || "it was stored at another time".to_owned());
}

async fn blobs(conn: &mut SqliteConnection, report: &mut Report) {
    let mut rows = sqlx::query("SELECT digest, bytes FROM blobs").fetch(conn);
    loop {
        match rows.try_next().await.and_then(|row| row.as_ref().map(cells).transpose()) {
            Ok(Some(row)) => {
                report.count("blobs", 1);
                let (Some(Cell::Blob(digest)), Some(Cell::Blob(bytes))) = (row.first(), row.get(1)) else {
                    report.problem("table blobs", "a column of a row holds what it can't hold");
                    continue;
                };
                report.expect(
                    digest == Digest::of_bytes(bytes).bytes(),
                    &format!("table blobs, row {}", hex::encode(digest)),
                    || "its bytes are not those that its digest names".to_owned(),
                );
            }
            Ok(None) => break,
            Err(error) => return report.unread("table blobs", &error),
        }
    }
}
