//! A server that does what a script says, to the byte.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// One thing the server does with a connection. After the last it closes it.
#[derive(Clone)]
pub(super) enum Do {
    Send(Vec<u8>),
    /// Sends this again and again until the other side has enough.
    Endless(Vec<u8>),
    /// Milliseconds.
    Wait(u64),
    /// Breaks the connection off.
    Reset,
}

/// A whole answer, with its length.
pub(super) fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<Do> {
    let body = body.as_ref();
    let length = if status.starts_with("204") { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status}\r\n{headers}{length}Connection: close\r\n\r\n");
    vec![Do::Send([head.as_bytes(), body].concat())]
}

/// Exactly this.
pub(super) fn answer_as(text: &str) -> Vec<Do> {
    vec![Do::Send(text.as_bytes().to_vec())]
}

pub(super) struct Server {
    pub(super) at: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers each request by the script, which gets the request's number, from 0, and its text.
    pub(super) async fn new(script: impl Fn(usize, &str) -> Vec<Do> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let Some(request) = read(&mut stream).await else { continue };
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(request.clone());
                    seen.len() - 1
                };
                let script = script(number, &request);
                tokio::spawn(async move { carry_out(stream, script).await });
            }
        });
        Self { at, requests, task }
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Stops listening; gives the address where nobody listens any more.
    pub(super) async fn stop(self) -> SocketAddr {
        self.task.abort();
        let at = self.at;
        // The listener is dropped when the task has ended.
        let mut this = self;
        let _ = (&mut this.task).await;
        at
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A whole request, or nothing when the other side speaks no HTTP.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if !text.is_char_boundary(1) || !bytes[0].is_ascii_uppercase() {
            return None;
        }
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
    }
}

async fn carry_out(mut stream: TcpStream, script: Vec<Do>) {
    for step in script {
        match step {
            Do::Send(bytes) => drop(stream.write_all(&bytes).await),
            Do::Endless(bytes) => while stream.write_all(&bytes).await.is_ok() {},
            Do::Wait(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Do::Reset => return drop(stream.set_zero_linger()),
        }
    }
    drop(stream.shutdown().await);
}
