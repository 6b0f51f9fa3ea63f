//! The authority's state from the derived tables: a fast start that folds no history.

use consent::{Authority, Prompt, Snapshot};
use money::{Account, AccountId, Amount, Asset, Charge, Hold, HoldId, HoldState, Reserve, Transfer, TransferId, Usage};
use serde::de::DeserializeOwned;
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use crate::{StoreError, audit::Head};

/// Reads a column, or says which one is wrong.
pub(crate) fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(column).map_err(|e| StoreError::read(&e))
}

/// Reads JSON from a column.
pub(crate) fn parsed<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    parse(get(row, column)?, column)
}

pub(crate) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Read(format!("{what}: {e}")))
}

/// Reads a word that stands for a unit variant.
pub(crate) fn variant<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: String = get(row, column)?;
    serde_json::from_value(text.into()).map_err(|e| StoreError::Read(format!("{column}: {e}")))
}

/// Reads 32 bytes.
pub(crate) fn digest(row: &SqliteRow, column: &str) -> Result<flow::Digest, StoreError> {
    let bytes: &[u8] = get(row, column)?;
    let bytes = bytes.try_into().map_err(|_| StoreError::Read(format!("{column} has {} bytes, not 32", bytes.len())))?;
    Ok(flow::Digest::from_bytes(bytes))
}

/// Reads minor units.
fn minor(row: &SqliteRow, column: &str) -> Result<i128, StoreError> {
    let text: &str = get(row, column)?;
    text.parse().map_err(|_| StoreError::Read(format!("{column}: {text:?} is not a number of minor units")))
}

fn asset(row: &SqliteRow) -> Result<Asset, StoreError> {
    Asset::find(get(row, "asset")?).map_err(|e| StoreError::Read(e.to_string()))
}

fn text<T: From<String>>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    Ok(get::<String>(row, column)?.into())
}

/// A prompt as it stands now.
pub(crate) fn prompt(row: &SqliteRow) -> Result<Prompt, StoreError> {
    let mut prompt: Prompt = parsed(row, "body")?;
    prompt.state = variant(row, "state")?;
    Ok(prompt)
}

pub(crate) fn account(row: &SqliteRow) -> Result<Account, StoreError> {
    Ok(Account {
        id: AccountId::new(text::<String>(row, "id")?),
        name: text(row, "name")?,
        asset: asset(row)?,
        kind: variant(row, "kind")?,
        opened_at: get(row, "opened_at")?,
        posted: minor(row, "posted")?,
        held: minor(row, "held")?,
        incoming: minor(row, "incoming")?,
    })
}

pub(crate) fn transfer(row: &SqliteRow) -> Result<Transfer, StoreError> {
    Ok(Transfer {
        id: TransferId::new(text::<String>(row, "id")?),
        from: AccountId::new(text::<String>(row, "payer")?),
        to: AccountId::new(text::<String>(row, "payee")?),
        amount: Amount::new(minor(row, "minor")?, asset(row)?),
        memo: text(row, "memo")?,
        at: get(row, "at")?,
    })
}

pub(crate) fn hold(row: &SqliteRow) -> Result<Hold, StoreError> {
    let asset = asset(row)?;
    let ended = || get::<i64>(row, "ended_at");
    let state = match get::<&str>(row, "state")? {
        "open" => HoldState::Open,
        "posted" => HoldState::Posted { amount: Amount::new(minor(row, "taken")?, asset), at: ended()? },
        "voided" => HoldState::Voided { at: ended()? },
        "expired" => HoldState::Expired { at: ended()? },
        other => return Err(StoreError::Read(format!("{other:?} is not a state of a hold"))),
    };
    let reserve = Reserve {
        id: HoldId::new(text::<String>(row, "id")?),
        from: AccountId::new(text::<String>(row, "payer")?),
        to: AccountId::new(text::<String>(row, "payee")?),
        amount: Amount::new(minor(row, "minor")?, asset),
        memo: text(row, "memo")?,
        at: get(row, "at")?,
        expires_at: get(row, "expires_at")?,
    };
    Ok(Hold { reserve, charges: parsed(row, "charges")?, state })
}

fn usage(row: &SqliteRow) -> Result<Usage, StoreError> {
    let charge = Charge { budget: text(row, "budget")?, window: text(row, "period")? };
    Ok(Usage { charge, asset: asset(row)?, posted: minor(row, "posted")?, held: minor(row, "held")? })
}

async fn all<T>(
    conn: &mut SqliteConnection,
    sql: &'static str,
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let rows = sqlx::query(sql).fetch_all(conn).await.map_err(|e| StoreError::read(&e))?;
    rows.iter().map(read).collect()
}

/// The authority's state as the tables have it.
pub(crate) async fn read(conn: &mut SqliteConnection) -> Result<Snapshot, StoreError> {
    let policy = all(conn, "SELECT body FROM policies ORDER BY number DESC LIMIT 1", |r| parsed(r, "body")).await?;
    let paused = all(conn, "SELECT paused FROM switch WHERE name = 'kill'", |r| get::<i64>(r, "paused")).await?;
    Ok(Snapshot {
        policy: policy.into_iter().next().unwrap_or_default(),
        paused: paused.first().is_some_and(|paused| *paused != 0),
        payees: all(conn, "SELECT body FROM payees ORDER BY id", |r| parsed(r, "body")).await?,
        profiles: all(conn, "SELECT body FROM profiles ORDER BY id", |r| parsed(r, "body")).await?,
        ledger: money::Snapshot {
            accounts: all(conn, "SELECT * FROM accounts ORDER BY id", account).await?,
            holds: all(conn, "SELECT * FROM holds WHERE state = 'open' ORDER BY id", hold).await?,
            usage: all(conn, "SELECT * FROM usage", usage).await?,
        },
        prompts: all(conn, "SELECT state, body FROM prompts WHERE live = 1 ORDER BY id", prompt).await?,
        decisions: all(
            conn,
            "SELECT d.body FROM prompts p JOIN decisions d ON d.prompt = p.id WHERE p.live = 1 ORDER BY d.prompt, d.nth",
            |r| parsed(r, "body"),
        )
        .await?,
        claims: all(conn, "SELECT body FROM claims ORDER BY key", |r| parsed(r, "body")).await?,
    })
}

/// The authority, the head of the audit chain, and how many events are not in the index by run.
pub(crate) async fn load(conn: &mut SqliteConnection) -> Result<(Authority, Head, i64), StoreError> {
    let authority = Authority::restore(read(conn).await?).map_err(|e| StoreError::Read(e.to_string()))?;
    let sql = "SELECT (SELECT coalesce(max(id), 0) FROM journal) - (SELECT max(up_to) FROM placing) AS late, \
         (SELECT max(seq) FROM audit) AS seq, (SELECT hash FROM audit ORDER BY seq DESC LIMIT 1) AS hash";
    let ends = all(conn, sql, |r| {
        let head = match get::<Option<i64>>(r, "seq")? {
            Some(seq) => Head { seq, hash: digest(r, "hash")? },
            None => Head::default(),
        };
        Ok((head, get(r, "late")?))
    });
    let (head, late) = ends.await?.into_iter().next().unwrap_or_default();
    Ok((authority, head, late))
}
