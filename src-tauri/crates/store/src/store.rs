//! A workspace's store, opened by its owner.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use consent::{Authority, Policy, Profile};
use engine::{Clock, RunId};
use flow::{Digest, Flow};
use sqlx::{Connection as _, SqliteConnection, SqlitePool, sqlite::SqlitePoolOptions};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{
    Committed, Lock, StoreError,
    audit::Link,
    group::{Group, State},
    keys, mark, schema,
    seal::Sealed,
    snapshot,
    sql::{self, Texts},
    writer::{Broken, Change, Found, Lookup, Request, Writer},
};

/// The profile that a new workspace begins with.
pub const OWNER: &str = "owner";

/// How many groups a reader of [`Store::committed`] may lag behind.
const LAG: usize = 1_024;

/// The store of one workspace. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) workspace: String,
    pub(crate) queue: mpsc::UnboundedSender<Request>,
    pub(crate) pool: SqlitePool,
    pub(crate) broken: Broken,
    committed: broadcast::Sender<Arc<Committed>>,
    pub(crate) flows: Mutex<std::collections::HashMap<Digest, Arc<Flow>>>,
    pub(crate) sealed: Sealed,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("folder", &self.0.folder).finish_non_exhaustive()
    }
}

/// Where the database of a workspace is.
pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("store.sqlite")
}

impl Store {
    /// Opens the store of a workspace folder, which is made where it isn't there.
    ///
    /// [`StoreError::Owned`] when another process has it open. A database that is damaged, newer or not ours is refused and left as it is.
    pub async fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let lock = Lock::take(folder)?;
        Self::open_locked(folder, clock, lock).await
    }

    /// The same, by whoever has the workspace's lock.
    pub async fn open_locked(folder: &Path, clock: Arc<dyn Clock>, lock: Lock) -> Result<Self, StoreError> {
        let path = database(folder);
        let mark = mark::read(folder)?;
        mark::check_there(mark.as_deref(), &path)?;
        let mut conn = schema::open(&path).await?;
        let begun = match begin(folder, mark.as_deref(), &mut conn, clock.now()).await {
            Ok(begun) => begun,
            Err(error) => {
                let _ = conn.close().await;
                return Err(match error {
                    StoreError::Read(what) => StoreError::Damaged { path, what },
                    other => other,
                });
            }
        };
        let (workspace, state) = begun;
        if mark.is_none() {
            mark::write(folder, &workspace)?;
        }
        let broken = Broken::default();
        let (queue, requests) = mpsc::unbounded_channel();
        let (committed, _) = broadcast::channel(LAG);
        let pool =
            SqlitePoolOptions::new().max_connections(3).test_before_acquire(false).connect_lazy_with(schema::reading(&path));
        let writer = Writer {
            conn,
            state: Some(state),
            queue: requests,
            held: Vec::new(),
            closing: Vec::new(),
            committed: committed.clone(),
            clock,
            texts: Texts::default(),
            groups: 0,
            broken: broken.clone(),
            lock,
        };
        tokio::spawn(writer.run());
        let flows = Mutex::default();
        let sealed = Sealed::new(folder.join("secrets.sealed"), &workspace);
        Ok(Self(Arc::new(Inner { folder: folder.to_owned(), workspace, queue, pool, broken, committed, flows, sealed })))
    }

    /// The workspace's folder.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The workspace's id, drawn when it began.
    pub fn workspace(&self) -> &str {
        &self.0.workspace
    }

    /// What is written from now on, group by group, after it is on disk. A reader that lags is told so, and reads anew.
    pub fn committed(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.0.committed.subscribe()
    }

    /// Writes what is queued and closes the database. Anything asked later is refused as closed.
    pub async fn close(&self) {
        self.0.pool.close().await;
        let (done, closed) = oneshot::channel();
        if self.0.queue.send(Request::Close(done)).is_ok() {
            let _ = closed.await;
        }
    }

    /// Changes the workspace through the writer. The result is given once the change is on disk.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        lookup: Lookup,
        change: impl FnOnce(&mut Group<'_>, i64, Found) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (result, changed) = oneshot::channel();
        let (done, written) = oneshot::channel();
        let change: Change = Box::new(move |group, at, found| drop(result.send(change(group, at, found))));
        self.0.queue.send(Request::Change(lookup, change, done)).map_err(|_| StoreError::Closed)?;
        written.await.map_err(|_| StoreError::Closed)??;
        changed.await.map_err(|_| StoreError::Closed)?
    }

    /// A connection to read with.
    pub(crate) async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, StoreError> {
        self.0.pool.acquire().await.map_err(|e| match e {
            sqlx::Error::PoolClosed => StoreError::Closed,
            other => StoreError::read(&other),
        })
    }
}

/// Reads the state, or makes the first one: the policy "usual", a profile for the owner with a new key, and the workspace's id.
async fn begin(folder: &Path, mark: Option<&str>, conn: &mut SqliteConnection, at: i64) -> Result<(String, State), StoreError> {
    let (authority, audit, late) = snapshot::load(conn).await?;
    let mut state = State { authority, audit, runs: std::collections::HashMap::new(), late };
    let found = sqlx::query("SELECT id FROM workspace").fetch_optional(&mut *conn).await.map_err(|e| StoreError::read(&e))?;
    if let Some(row) = found {
        let workspace: String = snapshot::get(&row, "id")?;
        mark::check_same(mark, &workspace, &database(folder))?;
        return Ok((workspace, state));
    }
    if mark.is_some() || audit != crate::audit::Head::default() {
        return Err(StoreError::Read("the workspace's id is missing".to_owned()));
    }
    let mut id = [0; 10];
    crate::random(&mut id)?;
    let workspace = hex::encode(id);
    let key = keys::create(folder, OWNER)?.verifying_key();
    let mut group = Group::new(&mut state);
    group.link(at, &Link::Began { workspace: workspace.clone() });
    let first = |authority: &mut Authority, out: &mut Vec<consent::Record>| {
        authority.found(Policy::usual(), at, out)?;
        authority.add_profile(Profile::owner(OWNER, "Owner", &key, at), out)
    };
    group.change(at, first).map_err(StoreError::refused)?;
    let changes = group.changes;
    sql::write(conn, &mut Texts::default(), changes).await.map_err(|e| StoreError::write(&e))?;
    Ok((workspace, state))
}

/// A run's id, as the store keeps it.
pub(crate) fn run_id(text: &str) -> RunId {
    RunId::from(text)
}
