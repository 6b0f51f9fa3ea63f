//! A client of the process that owns the workspace.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt as _;
use interprocess::local_socket::{
    Name,
    tokio::{Stream, prelude::*},
};
use serde_json::Value;
use tokio::{
    io::BufReader,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    ApiError, ErrorCode,
    command::Items,
    wire::{self, Ask, Hello, PROTOCOL, Say, Tell},
};

/// How long an owner that is there may take to say hello: it may be opening a large store.
const HELLO: Duration = Duration::from_secs(20);

/// How many items of a subscription may wait to be read.
const MOST_UNREAD: usize = 4096;

/// What is still expected, by id.
enum Pending {
    Open(HashMap<u64, mpsc::Sender<Tell>>),
    /// The connection is gone; whether the owner had said goodbye.
    Closed(bool),
}

/// A connection to the owner.
pub(crate) struct Client {
    next: AtomicU64,
    says: mpsc::Sender<Say>,
    pending: Arc<Mutex<Pending>>,
    tasks: [JoinHandle<()>; 2],
}

/// Why there is no connection.
pub(crate) enum NoConnection {
    /// Nobody is there, or no longer.
    Nobody,
    /// Somebody is there, and can't be spoken to.
    Refused(ApiError),
}

impl Client {
    pub(crate) async fn connect(name: Name<'_>) -> Result<Self, NoConnection> {
        let stream = Stream::connect(name).await.map_err(|_| NoConnection::Nobody)?;
        let stream = Arc::new(stream);
        let pending = Arc::new(Mutex::new(Pending::Open(HashMap::new())));
        let (greet, greeting) = oneshot::channel();
        let (from, heard) = (Arc::clone(&stream), Arc::clone(&pending));
        let reading = tokio::spawn(async move {
            let mut from = BufReader::new(&*from);
            // Nobody waits for it any more: then nobody waits for the rest either.
            let _ = greet.send(wire::read::<Hello>(&mut from).await);
            let mut goodbye = false;
            while let Ok(Some(message)) = wire::read::<Tell>(&mut from).await {
                goodbye |= matches!(message, Tell::Bye);
                deliver(&heard, message);
            }
            *heard.lock().unwrap_or_else(PoisonError::into_inner) = Pending::Closed(goodbye);
        });
        let (says, mut said) = mpsc::channel::<Say>(64);
        let writing = tokio::spawn(async move {
            while let Some(say) = said.recv().await {
                if wire::write(&mut &*stream, &say).await.is_err() {
                    break;
                }
            }
        });
        let client = Self { next: AtomicU64::new(1), says, pending, tasks: [writing, reading] };
        let hello = tokio::time::timeout(HELLO, greeting).await.map(|hello| hello.unwrap_or(Ok(None)));
        match hello {
            Ok(Ok(Some(hello))) if hello.protocol == PROTOCOL => Ok(client),
            Ok(Ok(Some(hello))) => Err(NoConnection::Refused(ApiError::new(
                ErrorCode::OtherVersion,
                format!(
                    "Assent {} owns this workspace, and this is {}; they speak differently.",
                    hello.assent,
                    env!("CARGO_PKG_VERSION")
                ),
                "End the other one, or use the same version.",
            ))),
            Ok(Ok(None) | Err(_)) => Err(NoConnection::Nobody),
            Err(_) => Err(NoConnection::Refused(ApiError::new(
                ErrorCode::WorkspaceBusy,
                "The process that owns this workspace does not answer.",
                "Try again; if it happens again, end that process.",
            ))),
        }
    }

    /// Calls a command by its name.
    pub(crate) async fn call(&self, command: &str, request: Value) -> Result<Value, ApiError> {
        let (_, mut answers) = self.ask(command, request).await?;
        match answers.recv().await {
            Some(Tell::Ok(_, response)) => Ok(response),
            Some(Tell::Error(_, error)) => Err(error),
            Some(other) => Err(ApiError::internal(format!("The owner answered {command} with {other:?}."))),
            None => Err(self.lost()),
        }
    }

    /// Begins a subscription. It ends early, without an error, when its reader falls far behind: beginning it again goes on.
    pub(crate) fn follow(self: Arc<Self>, feed: &'static str, request: Value) -> Items {
        let opening = async move {
            match self.ask(feed, request).await {
                Ok((id, answers)) => {
                    futures_util::stream::unfold(Some(Followed { client: self, id, answers }), Followed::next).boxed()
                }
                Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
            }
        };
        futures_util::stream::once(opening).flatten().boxed()
    }

    /// Whether the owner has gone.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(&*self.pending.lock().unwrap_or_else(PoisonError::into_inner), Pending::Closed(_))
    }

    async fn ask(&self, command: &str, request: Value) -> Result<(u64, mpsc::Receiver<Tell>), ApiError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answers) = mpsc::channel(MOST_UNREAD);
        let open = match &mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner) {
            Pending::Open(pending) => pending.insert(id, answer).is_none(),
            Pending::Closed(_) => false,
        };
        if !open || self.says.send(Say::Ask(Ask { id, command: command.to_owned(), request })).await.is_err() {
            return Err(gone(true));
        }
        Ok((id, answers))
    }

    fn lost(&self) -> ApiError {
        let goodbye = matches!(&*self.pending.lock().unwrap_or_else(PoisonError::into_inner), Pending::Closed(true));
        gone(goodbye)
    }
}

/// A subscription that is read. Dropping it tells the owner.
struct Followed {
    client: Arc<Client>,
    id: u64,
    answers: mpsc::Receiver<Tell>,
}

impl Followed {
    async fn next(followed: Option<Self>) -> Option<(Result<Value, ApiError>, Option<Self>)> {
        let mut followed = followed?;
        match followed.answers.recv().await {
            Some(Tell::Item(_, item)) => Some((Ok(item), Some(followed))),
            Some(Tell::Error(_, error)) => Some((Err(error), None)),
            None if followed.client.is_gone() => Some((Err(followed.client.lost()), None)),
            Some(_) | None => None,
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        if let Pending::Open(pending) = &mut *self.client.pending.lock().unwrap_or_else(PoisonError::into_inner) {
            pending.remove(&self.id);
        }
        // Where the queue is full or closed, the owner finds out when the connection ends.
        let _ = self.client.says.try_send(Say::Leave(self.id));
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// The error when the owner has gone; `untaken` when it is certain that nothing was begun.
fn gone(untaken: bool) -> ApiError {
    if untaken {
        let message = "The process that owned the workspace has ended; the command was not begun.";
        ApiError { retryable: true, ..ApiError::new(ErrorCode::OwnerLost, message, "Call it again.") }
    } else {
        let message =
            "The process that owned the workspace ended before it answered. Whether the command was carried out is not known.";
        ApiError::new(ErrorCode::OwnerLost, message, "Look with `assent runs` and `assent prompts` before you call it again.")
    }
}

fn deliver(pending: &Mutex<Pending>, message: Tell) {
    let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
    let Pending::Open(pending) = &mut *pending else { return };
    match message {
        Tell::Bye => {}
        Tell::Item(id, _) => {
            // A reader that is so far behind gets no more of this; it begins again where it is.
            if let Some(answer) = pending.get(&id)
                && answer.try_send(message).is_err()
            {
                pending.remove(&id);
            }
        }
        Tell::Ok(id, _) | Tell::Error(id, _) | Tell::End(id) => {
            if let Some(answer) = pending.remove(&id) {
                // Nobody waits for it any more: fine.
                let _ = answer.try_send(message);
            }
        }
    }
}
