//! The owner's side of the local socket.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use tokio::{
    io::BufReader,
    sync::{mpsc, watch},
    task::{AbortHandle, JoinHandle, JoinSet},
};

use crate::{
    App, ErrorCode, FEEDS, REGISTRY,
    error::ApiError,
    wire::{self, Ask, Hello, PROTOCOL, Say, Tell},
};

/// How long calls that are under way may take when the owner ends.
const LAST_CALLS: Duration = Duration::from_secs(30);

/// Answers clients until it is stopped.
pub(crate) struct Server {
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Begins to answer.
    pub(crate) fn start(listener: Listener, app: Arc<App>) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, accepting: tokio::spawn(accept(listener, app, stopped)) }
    }

    /// Takes no more calls, finishes those under way, and tells every client.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        // It ends by itself; a panic in it has been reported already.
        let _ = tokio::time::timeout(LAST_CALLS, self.accepting).await;
    }
}

async fn accept(listener: Listener, app: Arc<App>, stopped: watch::Receiver<bool>) {
    let mut stop = stopped.clone();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stops(&mut stop) => break,
            connection = listener.accept() => match connection {
                Ok(stream) => {
                    connections.spawn(converse(stream, Arc::clone(&app), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a client could not be let in");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Returns when the owner ends.
async fn stops(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone has ended too.
    drop(stop.wait_for(|stop| *stop).await);
}

/// One client, until it hangs up or the owner ends.
async fn converse(stream: Stream, app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let stream = Arc::new(stream);
    let mut from = BufReader::new(&*stream);
    let hello = Hello { assent: env!("CARGO_PKG_VERSION").to_owned(), protocol: PROTOCOL };
    if wire::write(&mut &*stream, &hello).await.is_err() {
        return;
    }
    let (tell, mut told) = mpsc::channel::<Tell>(256);
    let out = Arc::clone(&stream);
    let writer = tokio::spawn(async move {
        while let Some(message) = told.recv().await {
            if wire::write(&mut &*out, &message).await.is_err() {
                break;
            }
        }
    });
    // A stream keeps a line that has only half arrived when another branch is taken.
    let said = futures_util::stream::unfold(&mut from, |from| async { Some((wire::read::<Say>(from).await.transpose()?, from)) });
    let mut said = std::pin::pin!(said);
    let mut calls = JoinSet::new();
    let mut feeds = Feeds::default();
    let ending = loop {
        tokio::select! {
            biased;
            () = stops(&mut stopped) => break true,
            said = said.next() => match said {
                Some(Ok(Say::Ask(ask))) => take(ask, &app, &tell, &mut calls, &mut feeds),
                Some(Ok(Say::Leave(id))) => feeds.leave(id),
                None => break false,
                Some(Err(error)) => {
                    tracing::warn!(%error, "a client said something that can't be read");
                    break false;
                }
            },
            Some(_) = calls.join_next() => {}
            Some(_) = feeds.tasks.join_next() => {}
        }
    };
    // A call that was taken is carried out, whether or not the client still listens.
    while calls.join_next().await.is_some() {}
    feeds.tasks.shutdown().await;
    if ending {
        let _ = tell.send(Tell::Bye).await;
    }
    drop(tell);
    let _ = writer.await;
}

/// The subscriptions of one client.
#[derive(Default)]
struct Feeds {
    tasks: JoinSet<()>,
    by_id: HashMap<u64, AbortHandle>,
}

impl Feeds {
    fn begin(&mut self, id: u64, feed: impl Future<Output = ()> + Send + 'static) {
        self.by_id.retain(|_, task| !task.is_finished());
        self.by_id.insert(id, self.tasks.spawn(feed));
    }

    fn leave(&mut self, id: u64) {
        if let Some(task) = self.by_id.remove(&id) {
            task.abort();
        }
    }
}

fn take(ask: Ask, app: &Arc<App>, tell: &mpsc::Sender<Tell>, calls: &mut JoinSet<()>, feeds: &mut Feeds) {
    let (app, tell) = (Arc::clone(app), tell.clone());
    let Ask { id, command, request } = ask;
    if let Some(entry) = REGISTRY.iter().find(|entry| entry.name == command) {
        calls.spawn(async move {
            let message = match (entry.handle)(app, request).await {
                Ok(response) => Tell::Ok(id, response),
                Err(error) => Tell::Error(id, error),
            };
            let _ = tell.send(message).await;
        });
    } else if let Some(feed) = FEEDS.iter().find(|feed| feed.name == command) {
        feeds.begin(id, async move {
            let mut items = match (feed.open)(app, request) {
                Ok(items) => items,
                Err(error) => {
                    let _ = tell.send(Tell::Error(id, error)).await;
                    return;
                }
            };
            while let Some(item) = items.next().await {
                let message = match item {
                    Ok(item) => Tell::Item(id, item),
                    Err(error) => Tell::Error(id, error),
                };
                if tell.send(message).await.is_err() {
                    return;
                }
            }
            let _ = tell.send(Tell::End(id)).await;
        });
    } else {
        let error = ApiError::new(
            ErrorCode::OtherVersion,
            format!("There is no command {command:?} in this version."),
            "Use one version everywhere.",
        );
        calls.spawn(async move {
            let _ = tell.send(Tell::Error(id, error)).await;
        });
    }
}
