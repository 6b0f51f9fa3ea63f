//! One exchange with an HTTP server: limits on size and time, and what is certain when it fails.

use std::{error::Error as _, sync::OnceLock, time::Duration};

use engine::StepError;
use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{CONTENT_LENGTH, HeaderMap, LOCATION},
    redirect,
};
use tokio::sync::Semaphore;

/// How many exchanges may go on at once.
const MOST_AT_ONCE: usize = 100;
/// How many idle connections are kept to one host.
const MOST_IDLE_PER_HOST: usize = 30;
/// How long making a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How many redirects within one host a read follows.
const MOST_REDIRECTS: usize = 5;

/// The one client of all steps. No cookies, no proxies, nothing retried behind the step's back.
pub(crate) struct Http {
    /// Made at first use: reading the machine's certificates takes time that most runs need not spend.
    client: OnceLock<Result<Client, String>>,
    slots: Semaphore,
}

/// What to send.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
    /// For the whole exchange, from the connection to the last byte.
    pub(crate) timeout: Duration,
    /// The longest body that is read.
    pub(crate) max_bytes: usize,
    /// Whether it changes something there: an unclear outcome then is unknown, and no redirect is followed.
    pub(crate) writes: bool,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) const fn new() -> Self {
        Self { client: OnceLock::new(), slots: Semaphore::const_new(MOST_AT_ONCE) }
    }

    /// Sends, and reads the whole answer. Whatever status comes back is an answer.
    pub(crate) async fn exchange(&self, outgoing: Outgoing) -> Result<Answer, StepError> {
        let client = self.client.get_or_init(client).as_ref().map_err(|error| {
            StepError::new(
                "HTTP_CLIENT",
                format!("The HTTP client could not be made: {error}."),
                "Look at this machine's certificates.",
            )
        })?;
        let closed = |_| StepError::new("HTTP_CLIENT", "The HTTP client is closed.", "Start the program again.");
        let _slot = self.slots.acquire().await.map_err(closed)?;
        let (timeout, writes) = (outgoing.timeout, outgoing.writes);
        tokio::time::timeout(timeout, carry_out(client, outgoing)).await.unwrap_or_else(|_| {
            let message = format!("No whole answer came within {} ms.", timeout.as_millis());
            Err(unclear(writes, StepError::new("TIMEOUT", message, "Try again later, or allow more time.").retryable()))
        })
    }
}

fn client() -> Result<Client, String> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(MOST_IDLE_PER_HOST)
        .user_agent(concat!("assent/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| reason(&error))
}

async fn carry_out(client: &Client, outgoing: Outgoing) -> Result<Answer, StepError> {
    let Outgoing { method, mut url, headers, body, max_bytes, writes, .. } = outgoing;
    let is_head = method == Method::HEAD;
    let mut redirects = 0;
    loop {
        let request = client.request(method.clone(), url.clone()).headers(headers.clone());
        let request = if let Some(body) = &body { request.body(body.clone()) } else { request };
        let response = request.send().await.map_err(|error| not_answered(writes, &error))?;
        match redirected(&response).filter(|_| !writes && redirects < MOST_REDIRECTS) {
            Some(next) => {
                redirects += 1;
                url = next;
            }
            None => return read(response, is_head, max_bytes, writes).await,
        }
    }
}

/// Where the answer sends a read on to, if that is the same host by the same protocol: the gate has allowed no other.
fn redirected(response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let next = response.url().join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
    let same = next.origin() == response.url().origin() && next.username().is_empty() && next.password().is_none();
    same.then_some(next)
}

async fn read(mut response: Response, is_head: bool, max_bytes: usize, writes: bool) -> Result<Answer, StepError> {
    let status = response.status();
    let too_large = || {
        let message = format!("It answered {}, with more than {max_bytes} bytes.", status.as_u16());
        unclear(writes, StepError::new("RESPONSE_TOO_LARGE", message, "Ask for less, or allow more in max_bytes."))
    };
    let announced = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if !is_head && announced.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > max_bytes)) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    loop {
        let cut = |error: reqwest::Error| {
            let message = format!("It answered {}, and the answer broke off: {}.", status.as_u16(), reason(&error));
            unclear(writes, StepError::new("BROKEN_ANSWER", message, "Try again.").retryable())
        };
        match response.chunk().await.map_err(cut)? {
            Some(chunk) if chunk.len() > max_bytes - body.len() => return Err(too_large()),
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    Ok(Answer { status, headers: std::mem::take(response.headers_mut()), body })
}

/// What it means that no answer came.
fn not_answered(writes: bool, error: &reqwest::Error) -> StepError {
    if error.is_builder() {
        return StepError::new(
            "BAD_REQUEST",
            format!("The call can't be made: {}.", reason(error)),
            "Correct the node's config.",
        );
    }
    if error.is_connect() {
        // Certainly before anything was sent: name, connection and handshake come first.
        let message = format!("There is no connection to the host: {}.", reason(error));
        return StepError::new("NO_CONNECTION", message, "Check the address and the network.").retryable();
    }
    let message = format!("The host gave no answer that can be read: {}.", reason(error));
    unclear(writes, StepError::new("NO_ANSWER", message, "Try again later.").retryable())
}

/// Of a write, nobody knows whether it happened.
fn unclear(writes: bool, error: StepError) -> StepError {
    if writes { error.maybe_sent() } else { error }
}

/// The innermost reason, without the address.
fn reason(error: &reqwest::Error) -> String {
    let (mut text, mut next) = (None, error.source());
    while let Some(source) = next {
        text = Some(source.to_string());
        next = source.source();
    }
    text.unwrap_or_else(|| if error.is_timeout() { "it took too long".to_owned() } else { "the exchange failed".to_owned() })
}
