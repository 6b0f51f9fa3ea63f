//! A small HTTP server on the loopback interface that remembers what it was asked.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// A request that came in whole.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Seen {
    /// The idempotency key, if one came along.
    pub fn key(&self) -> Option<&str> {
        self.headers.get("idempotency-key").map(String::as_str)
    }
}

/// What the server does with a request.
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Closes the connection without an answer.
    HangUp,
    /// Never answers, until the other side hangs up or the server ends.
    Hang,
}

impl Reply {
    pub fn ok(body: &str) -> Self {
        Self::Answer { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;

struct Shared {
    seen: Mutex<Vec<Seen>>,
    count: AtomicUsize,
    open: AtomicUsize,
    ending: AtomicBool,
    handler: Box<Handler>,
}

/// Serves until it is dropped.
pub struct Server {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Server {
    /// Serves on a free port. The handler is called once a request is remembered.
    pub fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            count: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
            handler: Box::new(handler),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.ending.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&accepting);
                shared.open.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || {
                    // A client that is killed breaks off in the middle of anything.
                    let _ = converse(&shared, stream);
                    shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, shared }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Host and port, as a policy names them.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What came in so far, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// How many requests came in so far.
    pub fn count(&self) -> usize {
        self.shared.count.load(Ordering::SeqCst)
    }

    /// Waits until every connection is closed, so that nothing more can come in from a client that has ended.
    pub fn wait_until_quiet(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        // A connection may still stand in the queue; nothing tells, so one more turn is given.
        thread::sleep(Duration::from_millis(2));
        while self.shared.open.load(Ordering::SeqCst) > 0 {
            assert!(Instant::now() < deadline, "a connection stays open");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn converse(shared: &Shared, stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut from = BufReader::new(stream.try_clone()?);
    let mut to = stream;
    while let Some(seen) = read(&mut from)? {
        let is_head = seen.method == "HEAD";
        shared.seen.lock().unwrap().push(seen.clone());
        shared.count.fetch_add(1, Ordering::SeqCst);
        match (shared.handler)(&seen) {
            Reply::HangUp => return Ok(()),
            Reply::Hang => {
                to.set_read_timeout(Some(Duration::from_millis(20)))?;
                let mut byte = [0];
                // Nothing is sent on a connection that waits for its answer, so what comes is the end.
                loop {
                    match to.read(&mut byte) {
                        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                        _ => return Ok(()),
                    }
                    if shared.ending.load(Ordering::SeqCst) {
                        return Ok(());
                    }
                }
            }
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} Answer\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                let mut answer = head.into_bytes();
                if !is_head {
                    answer.extend_from_slice(&body);
                }
                to.write_all(&answer)?;
            }
        }
    }
    Ok(())
}

/// One whole request; `None` at the end of the connection.
fn read(from: &mut BufReader<TcpStream>) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(Seen { method, path, headers, body }))
}
