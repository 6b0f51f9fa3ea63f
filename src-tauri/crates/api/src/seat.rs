//! A place at a workspace: as the process that owns it, or as a client of the one that does.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, future::BoxFuture, stream::BoxStream};
use serde_json::Value;
use store::Lock;
use tokio::{sync::Mutex, time::Instant};

use crate::{
    ApiError, App, Command, Entry, ErrorCode, Feed, Needs, Place, Right, Subscription,
    client::{Client, NoConnection},
    command::{Items, from_json, to_json},
    serve::Server,
};

/// How long to try for a place while another process is starting or ending.
const PATIENCE: Duration = Duration::from_secs(30);
/// The first and the longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(100));
/// How often a call is made again when its owner ended before it took it.
const AGAIN: usize = 20;

/// Makes the program of its parts. The shells do, in one place.
pub trait Wiring: Send + Sync + 'static {
    /// The program without a workspace.
    fn bare(&self) -> App;
    /// The program over a workspace, whose lock is held and goes to the store.
    fn open(&self, place: Place, lock: Lock) -> BoxFuture<'_, Result<App, ApiError>>;
}

/// The process that owns the workspace: it alone writes the store and runs flows, and others are its clients.
pub(crate) struct Owner {
    app: Arc<App>,
    server: Server,
}

impl Owner {
    async fn begin(place: &Place, lock: Lock, wiring: &dyn Wiring) -> Result<Self, ApiError> {
        // Listens before the store is open: whoever comes meanwhile waits instead of failing.
        let listener = place.socket()?.listen()?;
        let app = Arc::new(wiring.open(place.clone(), lock).await?);
        Ok(Self { server: Server::start(listener, Arc::clone(&app)), app })
    }

    /// Lets runs that somebody answered or stopped here go on as far as they can, then gives the workspace back.
    async fn finish(self) {
        self.app.rest().await;
        self.server.stop().await;
        self.app.close().await;
    }
}

/// One's place at the workspace.
#[derive(Clone)]
enum Seat {
    Owner(Arc<Owner>),
    Client(Arc<Client>),
}

/// Calls commands, wherever they are carried out: here, in the process that owns the workspace, or here again when that one ended.
pub struct Session {
    place: Place,
    wiring: Arc<dyn Wiring>,
    bare: std::sync::OnceLock<Arc<App>>,
    seat: Mutex<Option<Seat>>,
}

impl Session {
    /// A session at a workspace. Nothing is opened or made until a command needs it.
    pub fn new(place: Place, wiring: Arc<dyn Wiring>) -> Self {
        Self { place, wiring, bare: std::sync::OnceLock::new(), seat: Mutex::new(None) }
    }

    /// The workspace's place.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Calls a command.
    ///
    /// # Errors
    /// What the command says, or [`ErrorCode::OwnerLost`] when the owner ended and nobody knows whether it was carried out.
    pub async fn call<C: Command>(&self, request: C) -> Result<C::Response, ApiError> {
        let response = self.call_json(&Entry::of::<C>(), to_json(&request)?).await?;
        from_json(response, C::NAME)
    }

    /// The same, in JSON.
    pub async fn call_json(&self, entry: &Entry, request: Value) -> Result<Value, ApiError> {
        if entry.needs == Needs::Nothing || (entry.needs == Needs::WorkspaceIfThere && !self.place.exists()) {
            let app = self.bare.get_or_init(|| Arc::new(self.wiring.bare()));
            return (entry.handle)(Arc::clone(app), request).await;
        }
        let mut tries = 0;
        loop {
            let seat = self.seat().await?;
            let result = match &seat {
                Seat::Owner(owner) => (entry.handle)(Arc::clone(&owner.app), request.clone()).await,
                Seat::Client(client) => client.call(entry.name, request.clone()).await,
            };
            match result {
                Err(error) if error.code == ErrorCode::OwnerLost => {
                    self.leave(&seat).await;
                    tries += 1;
                    // What was not begun, or only looks, is done again; by this process, where no other takes over.
                    if tries > AGAIN || !(error.retryable || entry.right == Right::View) {
                        return Err(error);
                    }
                }
                result => return result,
            }
        }
    }

    /// Begins a subscription. It ends with [`ErrorCode::OwnerLost`] when the owner ends; beginning it again goes on.
    pub async fn follow<S: Subscription>(&self, request: S) -> Result<BoxStream<'static, Result<S::Item, ApiError>>, ApiError> {
        let items = self.follow_json(&Feed::of::<S>(), to_json(&request)?).await?;
        Ok(items.map(|item| from_json(item?, S::NAME)).boxed())
    }

    /// The same, in JSON.
    pub async fn follow_json(&self, feed: &Feed, request: Value) -> Result<Items, ApiError> {
        match self.seat().await? {
            Seat::Owner(owner) => (feed.open)(Arc::clone(&owner.app), request),
            Seat::Client(client) => Ok(client.follow(feed.name, request)),
        }
    }

    /// Gives one's place up: an owner lets what it answered go on as far as it can, suspends its runs, and ends.
    pub async fn finish(&self) {
        if let Some(Seat::Owner(owner)) = self.seat.lock().await.take() {
            match Arc::try_unwrap(owner) {
                Ok(owner) => owner.finish().await,
                Err(_) => tracing::error!("the workspace is given back while a command is under way"),
            }
        }
    }

    /// Whether this process owns the workspace.
    pub async fn owns(&self) -> bool {
        matches!(&*self.seat.lock().await, Some(Seat::Owner(_)))
    }

    async fn leave(&self, gone: &Seat) {
        let mut seat = self.seat.lock().await;
        if let (Some(Seat::Client(now)), Seat::Client(gone)) = (&*seat, gone)
            && Arc::ptr_eq(now, gone)
        {
            *seat = None;
        }
    }

    async fn seat(&self) -> Result<Seat, ApiError> {
        let mut seat = self.seat.lock().await;
        if let Some(seat) = &*seat
            && !matches!(seat, Seat::Client(client) if client.is_gone())
        {
            return Ok(seat.clone());
        }
        let found = self.take_seat().await?;
        *seat = Some(found.clone());
        Ok(found)
    }

    /// Becomes the owner, or its client. While another process is starting or ending, neither works for a moment.
    async fn take_seat(&self) -> Result<Seat, ApiError> {
        let deadline = Instant::now() + PATIENCE;
        let mut pause = PAUSES.0;
        loop {
            if let Some(lock) = self.place.lock()? {
                return Ok(Seat::Owner(Arc::new(Owner::begin(&self.place, lock, &*self.wiring).await?)));
            }
            match Client::connect(self.place.socket()?.name()?).await {
                Ok(client) => return Ok(Seat::Client(Arc::new(client))),
                Err(NoConnection::Refused(error)) => return Err(error),
                Err(NoConnection::Nobody) if Instant::now() < deadline => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
                Err(NoConnection::Nobody) => {
                    return Err(ApiError::new(
                        ErrorCode::WorkspaceBusy,
                        format!("Another process holds {} and does not answer.", self.place.folder().display()),
                        "Wait until it has ended, or end it.",
                    ));
                }
            }
        }
    }
}
