//! What node kinds need of the program around them. Implemented where the program is wired together; faked in tests.

use std::{path::PathBuf, sync::Arc};

use engine::StepError;
use flow::Digest;
use futures_util::future::BoxFuture;
use money::Asset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secret;

/// All of it.
#[derive(Clone)]
pub struct Services {
    /// The ledger account that is paid from where a node names none.
    pub account: String,
    /// Sound to words.
    pub transcriber: Arc<dyn Transcriber>,
    /// Files by the digest of their bytes.
    pub files: Arc<dyn Files>,
    /// Payees.
    pub addresses: Arc<dyn AddressBook>,
    /// Payments made.
    pub history: Arc<dyn History>,
    /// Secret values.
    pub secrets: Arc<dyn Secrets>,
    /// The program that runs code and reads documents in a process of its own, when [`crate::child::ARGUMENT`] is its first argument:
    /// usually the running one itself.
    pub program: Option<PathBuf>,
}

impl Services {
    /// None: every step that needs one fails and says so. For checking flows and listing kinds.
    pub fn unavailable() -> Self {
        let none = Arc::new(Unavailable);
        Self {
            account: String::new(),
            transcriber: none.clone(),
            files: none.clone(),
            addresses: none.clone(),
            history: none.clone(),
            secrets: none,
            program: None,
        }
    }
}

/// Sound to words.
pub trait Transcriber: Send + Sync {
    /// The words in the bytes of a sound file. Silence, noise and sound that is too long or too short are errors, never invented words.
    /// Dropping the future stops the work.
    fn transcribe(&self, sound: Arc<[u8]>) -> BoxFuture<'_, Result<Transcript, StepError>>;
}

/// Files by the digest of their bytes.
pub trait Files: Send + Sync {
    /// The bytes with this digest.
    fn get(&self, digest: Digest) -> BoxFuture<'_, Result<Arc<[u8]>, StepError>>;
    /// Keeps bytes, and gives their digest.
    fn put(&self, bytes: Arc<[u8]>) -> BoxFuture<'_, Result<Digest, StepError>>;
}

/// The payees a user knows.
pub trait AddressBook: Send + Sync {
    /// All of them, as they are now, by id.
    fn payees(&self) -> BoxFuture<'_, Result<Vec<Payee>, StepError>>;
}

/// The payments that were made.
pub trait History: Send + Sync {
    /// What was paid from an account in an asset, and to one payee, until `now` (milliseconds since the epoch).
    fn payments<'a>(
        &'a self,
        account: &'a str,
        payee: &'a str,
        asset: Asset,
        now: i64,
    ) -> BoxFuture<'a, Result<PaymentHistory, StepError>>;
}

/// Secret values.
pub trait Secrets: Send + Sync {
    /// The value of a secret, for use at a host (lower case, without port). Refused when there is no such secret or it is not bound to
    /// that host.
    fn reveal<'a>(&'a self, name: &'a str, host: &'a str) -> BoxFuture<'a, Result<Secret, StepError>>;
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transcript {
    /// All words as one text.
    pub text: String,
    /// The words, in order.
    pub words: Vec<HeardWord>,
    /// How sure the whole is, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
}

/// One word that was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeardWord {
    /// The word, as it stands in the text.
    pub text: String,
    /// When it begins, in milliseconds from the start of the sound.
    pub start_ms: u64,
    /// When it ends, in milliseconds from the start of the sound.
    pub end_ms: u64,
    /// How sure it is, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub confidence: f64,
}

/// Somebody in the address book, without addresses: for matching names only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payee {
    /// The id, the only thing a payment goes by.
    pub id: String,
    /// The name.
    pub name: String,
    /// Other names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether somebody verified who it is.
    #[serde(default)]
    pub verified: bool,
}

/// What was paid before, as the risk score looks at it. Settled payments and open holds count alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaymentHistory {
    /// Payments from the account in the hour before, in any asset, to anybody.
    pub last_hour: u32,
    /// Payments from the account in the day before, in any asset, to anybody.
    pub last_day: u32,
    /// Payments from the account to this payee, ever.
    pub to_payee: u32,
    /// Payments from the account in this asset in the 90 days before, to anybody.
    pub in_asset: u32,
    /// Their sum, in minor units.
    pub sum: i128,
    /// The largest of them, in minor units.
    pub largest: i128,
}

struct Unavailable;

fn unavailable<'a, T: Send + 'a>(what: &str) -> BoxFuture<'a, Result<T, StepError>> {
    let error = StepError::new("UNAVAILABLE", format!("There is no {what} here."), "Run the flow in a workspace.");
    Box::pin(async move { Err(error) })
}

impl Transcriber for Unavailable {
    fn transcribe(&self, _: Arc<[u8]>) -> BoxFuture<'_, Result<Transcript, StepError>> {
        unavailable("speech model")
    }
}
impl Files for Unavailable {
    fn get(&self, _: Digest) -> BoxFuture<'_, Result<Arc<[u8]>, StepError>> {
        unavailable("store of files")
    }
    fn put(&self, _: Arc<[u8]>) -> BoxFuture<'_, Result<Digest, StepError>> {
        unavailable("store of files")
    }
}
impl AddressBook for Unavailable {
    fn payees(&self) -> BoxFuture<'_, Result<Vec<Payee>, StepError>> {
        unavailable("address book")
    }
}
impl History for Unavailable {
    fn payments<'a>(&'a self, _: &'a str, _: &'a str, _: Asset, _: i64) -> BoxFuture<'a, Result<PaymentHistory, StepError>> {
        unavailable("history of payments")
    }
}
impl Secrets for Unavailable {
    fn reveal<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Secret, StepError>> {
        unavailable("store of secrets")
    }
}
