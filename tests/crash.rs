//! Kills real runs at random moments and takes them up again, many times over: nothing acknowledged is lost, and nothing that changes
//! the world is done twice (what always holds: 5, 6, 10).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    process::{Child, Command},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::Row as _;
use support::{
    Drawn, database,
    flow::{FlowText, SHOP},
    server::{Reply, Seen, Server},
    workspace::{self, Workspace, copy_folder},
};

const PAYMENTS: usize = 3;

#[test]
fn two_hundred_kills_lose_nothing_and_repeat_nothing() {
    let mut told = Told::default();
    Story::new(seed()).tell(200, &mut told);
    told.judge(200);
}

#[test]
#[ignore = "takes half an hour: cargo xtask soak"]
fn five_thousand_kills_lose_nothing_and_repeat_nothing() {
    let seed = seed();
    let mut told = Told::default();
    for round in 0..25 {
        Story::new(seed.wrapping_add(round)).tell(200, &mut told);
    }
    told.judge(5_000);
}

/// Drawn from the clock, or named by `CRASH_SEED`. Printed, so that the same moments can be drawn again.
fn seed() -> u64 {
    let named = std::env::var("CRASH_SEED").ok().map(|seed| seed.parse().unwrap());
    let drawn = || u64::from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos());
    let seed = named.unwrap_or_else(drawn);
    println!("CRASH_SEED={seed}");
    seed
}

/// What became of all kills.
#[derive(Default)]
struct Told {
    kills: usize,
    /// Kills of a process that had got a run further and had not ended it.
    under_way: usize,
    /// The last event in the journal at each kill.
    last_events: BTreeMap<String, usize>,
    /// The commands that were killed.
    killed: BTreeMap<&'static str, usize>,
    runs: usize,
    requests: usize,
    repeats: usize,
    asked: usize,
    acknowledged: usize,
}

impl Told {
    fn judge(&self, kills: usize) {
        println!(
            "{} kills ({} of a run under way) of {:?}; {} runs, {} requests, {} repeats with the same key, {} unclear outcomes, {} \
             acknowledged events",
            self.kills, self.under_way, self.killed, self.runs, self.requests, self.repeats, self.asked, self.acknowledged
        );
        println!("last event at each kill: {:?}", self.last_events);
        assert_eq!(self.kills, kills);
        assert!(self.under_way * 2 >= kills, "too few kills hit a run that was under way");
        assert!(self.last_events.len() >= 3, "the kills hit too few kinds of moments");
    }
}

/// What the server did. Every effect is counted, also where the client was dead before it heard of it.
#[derive(Default)]
struct World {
    /// Steps that sent each key, with their bodies.
    keyed: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    /// Requests without a key, by step.
    once: BTreeMap<String, usize>,
}

struct Story {
    workspace: Workspace,
    flow: std::path::PathBuf,
    server: Server,
    world: Arc<Mutex<World>>,
    drawn: Drawn,
    /// How many runs were asked for.
    tags: usize,
    /// What children printed of the journal, by run and number.
    acknowledged: BTreeMap<(String, u64), Value>,
    /// Runs that children said were started.
    started: BTreeSet<String>,
    /// Decisions that children said were recorded.
    decided: BTreeSet<String>,
    /// Prompts about unclear outcomes that were seen.
    asked: BTreeSet<String>,
    /// The last row of the journal that was there after the kill before.
    last_row: i64,
}

/// What stands in the store after a kill.
struct Found {
    unfinished: usize,
    prompts: Vec<Open>,
    /// The events that the killed process added.
    added: Vec<String>,
}

/// A question about an unclear outcome.
struct Open {
    id: String,
    tag: String,
    path: String,
}

/// When to kill.
enum Moment {
    /// So long after the start of the process.
    Since(Duration),
    /// So long after the first sign that it works on a run.
    AfterSign(Duration),
    /// So long after the server got so many requests.
    AfterRequests(usize, Duration),
}

impl Story {
    fn new(seed: u64) -> Self {
        let workspace = Workspace::new();
        let world = Arc::new(Mutex::new(World::default()));
        let theirs = Arc::clone(&world);
        let moods = Mutex::new(Drawn::new(!seed));
        let server = Server::start(move |seen| answer(seen, &theirs, &moods));
        let flow = workspace.file("crash.flow.json", flow(&server.url()));
        workspace.with_alice();
        workspace.with_money("400.00");
        workspace.allow_host(&server.host());
        Self {
            workspace,
            flow,
            server,
            world,
            drawn: Drawn::new(seed),
            tags: 0,
            acknowledged: BTreeMap::new(),
            started: BTreeSet::new(),
            decided: BTreeSet::new(),
            asked: BTreeSet::new(),
            last_row: 0,
        }
    }

    fn tell(mut self, kills: usize, told: &mut Told) {
        let mut found = self.look();
        let until = told.kills + kills;
        while told.kills < until {
            let (name, mut command) = self.next_command(&found);
            let killed = self.run_and_kill(&mut command);
            found = self.look();
            if killed {
                told.kills += 1;
                *told.killed.entry(name).or_default() += 1;
                // What a process that is starting has added nothing to was under way before it, not in it.
                if found.unfinished > 0 && !found.added.is_empty() {
                    told.under_way += 1;
                }
                let last = found.added.last().map_or("(none)", String::as_str);
                *told.last_events.entry(last.to_owned()).or_default() += 1;
            }
        }
        self.finish(found);
        self.judge(told);
    }

    /// What is started next, by the dice: a new run, a resume, or an answer to a question about an outcome.
    fn next_command(&mut self, found: &Found) -> (&'static str, Command) {
        if !found.prompts.is_empty() && self.drawn.percent(60) {
            let at = usize::try_from(self.drawn.below(found.prompts.len() as u64)).unwrap();
            return ("answer", self.answer(&found.prompts[at]));
        }
        if found.unfinished > 3 || (found.unfinished > found.prompts.len() && self.drawn.percent(60)) {
            return ("resume", self.workspace.assent(["--json", "resume"]));
        }
        self.tags += 1;
        let mut command = self.workspace.assent(["--json", "run", "--wait", "--input", &format!("tag=t{}", self.tags)]);
        command.arg(&self.flow);
        ("run", command)
    }

    /// Answers as the server knows. Nothing can arrive there any more: whoever sent it is dead, and its connections are closed.
    fn answer(&mut self, open: &Open) -> Command {
        let place = format!("/once/{}/{}", open.tag, open.path);
        let outcome = if open.path.starts_with('k') {
            "again"
        } else if self.world.lock().unwrap().once.contains_key(&place) {
            "happened"
        } else if self.drawn.percent(50) {
            "did-not"
        } else {
            "again"
        };
        self.workspace.assent(["--json", "answer", &open.id, outcome])
    }

    fn moment(&mut self) -> Moment {
        let ms = |drawn: &mut Drawn, end: u64| Duration::from_micros(drawn.below(end * 1000));
        match self.drawn.below(100) {
            0..15 => Moment::Since(ms(&mut self.drawn, 150)),
            15..55 => Moment::AfterSign(ms(&mut self.drawn, 80)),
            _ => {
                let requests = usize::try_from(1 + self.drawn.below(6)).unwrap();
                Moment::AfterRequests(requests, ms(&mut self.drawn, 4))
            }
        }
    }

    /// Whether the process was killed; else it ended before its moment came.
    fn run_and_kill(&mut self, command: &mut Command) -> bool {
        let moment = self.moment();
        let requests = self.server.count();
        let began = Instant::now();
        let mut child = workspace::start(command);
        let stdout = Arc::new(Mutex::new(Vec::new()));
        let reading = read_on(child.stdout.take().unwrap(), Arc::clone(&stdout));
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let reading_errors = read_on(child.stderr.take().unwrap(), Arc::clone(&stderr));

        let mut sign = None;
        let mut due = match moment {
            Moment::Since(wait) => Some(began + wait),
            _ => None,
        };
        // Nothing more may happen in a run that waits for an answer.
        let mut last_change = (Instant::now(), 0, 0);
        let killed = loop {
            if child.try_wait().unwrap().is_some() {
                break false;
            }
            let (now, lines, new) = (Instant::now(), stdout.lock().unwrap().len(), self.server.count() - requests);
            if sign.is_none() && (lines > 0 || new > 0) {
                sign = Some(now);
            }
            match &moment {
                Moment::AfterSign(wait) if due.is_none() => due = sign.map(|sign| sign + *wait),
                Moment::AfterRequests(many, wait) if due.is_none() && new >= *many => due = Some(now + *wait),
                _ => {}
            }
            if (last_change.1, last_change.2) != (lines, new) {
                last_change = (now, lines, new);
            }
            if due.is_some_and(|due| now >= due) || now - last_change.0 > Duration::from_millis(500) {
                break kill(&mut child);
            }
            thread::sleep(Duration::from_micros(100));
        };
        reading.join().unwrap();
        reading_errors.join().unwrap();
        self.server.wait_until_quiet();
        let errors = String::from_utf8_lossy(&stderr.lock().unwrap()).into_owned();
        assert!(!errors.contains("panicked"), "{errors}");
        let lines = std::mem::take(&mut *stdout.lock().unwrap());
        self.take_down(&lines);
        killed
    }

    /// Remembers what was acknowledged: every whole line.
    fn take_down(&mut self, stdout: &[u8]) {
        let whole = stdout.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let text = std::str::from_utf8(&stdout[..whole]).unwrap();
        let mut run = None;
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if let Some(seq) = line["seq"].as_u64() {
                let run: &String = run.as_ref().expect("events come after their run");
                self.acknowledged.insert((run.clone(), seq), line);
            } else if let Some(decision) = line["decision"].as_str() {
                self.decided.insert(decision.to_owned());
            } else if let Some(id) = line["run"].as_str() {
                self.started.insert(id.to_owned());
                run = Some(id.to_owned());
            }
        }
    }

    /// Looks into a copy of the store, so that what lies there is left to the program to mend.
    fn look(&mut self) -> Found {
        let copy = tempfile::tempdir().unwrap();
        for name in ["store.sqlite", "store.sqlite-wal"] {
            let from = self.workspace.folder().join(name);
            if from.exists() {
                std::fs::copy(from, copy.path().join(name)).unwrap();
            }
        }
        let path = database::of(copy.path());
        let sql = format!("SELECT rowid, kind FROM journal WHERE rowid > {} ORDER BY rowid", self.last_row);
        let added = database::rows(&path, &sql, |row| (row.get::<i64, _>(0), row.get::<String, _>(1)));
        self.last_row = added.last().map_or(self.last_row, |(row, _)| *row);
        let sql = "SELECT count(*) FROM runs WHERE state IN ('running', 'waiting')";
        let unfinished = database::rows(&path, sql, |row| row.get::<i64, _>(0))[0];
        let sql =
            "SELECT p.id, p.path, j.body FROM prompts p JOIN journal j ON j.run = p.run AND j.seq = 1 WHERE p.state = 'open'";
        let prompts = database::rows(&path, sql, |row| {
            let started: Value = serde_json::from_str(row.get(2)).unwrap();
            Open { id: row.get(0), path: row.get(1), tag: started["inputs"]["tag"].as_str().unwrap().to_owned() }
        });
        self.asked.extend(prompts.iter().map(|prompt| prompt.id.clone()));
        Found {
            unfinished: usize::try_from(unfinished).unwrap(),
            prompts,
            added: added.into_iter().map(|(_, kind)| kind).collect(),
        }
    }

    /// Lets everything come to its end.
    fn finish(&mut self, mut found: Found) {
        for _ in 0..100 {
            if found.unfinished == 0 {
                return;
            }
            for open in &found.prompts {
                let done = workspace::finish(&mut self.answer(open), None).expect(0);
                self.take_down(done.stdout.as_bytes());
                self.server.wait_until_quiet();
            }
            self.workspace.ok(["--json", "resume"]);
            self.server.wait_until_quiet();
            found = self.look();
        }
        panic!("the runs come to no end");
    }

    fn judge(self, told: &mut Told) {
        self.workspace.verify();
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&self.workspace.folder(), folder.path());
        let path = database::of(folder.path());
        let journal = database::rows(&path, "SELECT run, seq, at, body FROM journal ORDER BY run, seq", |row| {
            let event: Value = serde_json::from_str(row.get(3)).unwrap();
            let seq = u64::try_from(row.get::<i64, _>(1)).unwrap();
            ((row.get::<String, _>(0), seq), json!({"seq": seq, "at": row.get::<i64, _>(2), "event": event}))
        });
        let journal: BTreeMap<_, _> = journal.into_iter().collect();
        for (place, event) in &self.acknowledged {
            assert_eq!(journal.get(place), Some(event), "an acknowledged event of {place:?} was lost or changed");
        }
        let decisions = database::rows(&path, "SELECT lower(hex(digest)) FROM decisions", |row| row.get::<String, _>(0));
        for decision in &self.decided {
            assert!(decisions.contains(decision), "the acknowledged decision {decision} was lost");
        }

        let mut tags = BTreeMap::new();
        for ((run, seq), entry) in &journal {
            if *seq == 1 {
                tags.insert(run.clone(), entry["event"]["inputs"]["tag"].as_str().unwrap().to_owned());
            }
        }
        for run in &self.started {
            assert!(tags.contains_key(run), "the acknowledged run {run} was lost");
        }
        assert_eq!(tags.values().collect::<BTreeSet<_>>().len(), tags.len(), "a run was started twice");

        let mut finished: BTreeMap<(&str, &str), &Value> = BTreeMap::new();
        let mut failed: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for ((run, _), entry) in &journal {
            let event = &entry["event"];
            let place = (&*tags[run], event["path"].as_str().unwrap_or_default());
            match event["type"].as_str().unwrap() {
                "finished" => assert!(finished.insert(place, event).is_none(), "{place:?} finished twice"),
                "failed" if event["retry_at"].is_null() => {
                    assert!(failed.insert(place, event["error"]["code"].as_str().unwrap()).is_none(), "{place:?} failed twice");
                }
                "ended" => assert_eq!(event["ending"], "completed", "{place:?}: {event}"),
                _ => {}
            }
        }
        self.judge_calls(&tags, &finished, &failed, told);
        self.judge_payments(&path, &tags, &finished);
        told.runs += tags.len();
        told.requests += self.server.count();
        told.asked += self.asked.len();
        told.acknowledged += self.acknowledged.len();
    }

    fn judge_calls(
        &self,
        tags: &BTreeMap<String, String>,
        finished: &BTreeMap<(&str, &str), &Value>,
        failed: &BTreeMap<(&str, &str), &str>,
        told: &mut Told,
    ) {
        let world = self.world.lock().unwrap();
        let mut key_of: BTreeMap<&str, &str> = BTreeMap::new();
        for (key, requests) in &world.keyed {
            for request in requests {
                assert_eq!(*request, requests[0], "{key} came with two requests");
            }
            assert_eq!(key_of.insert(&requests[0].0, key), None, "{} was sent with two keys", requests[0].0);
            told.repeats += requests.len() - 1;
        }
        for tag in tags.values() {
            for step in ["k1", "k2", "k3"] {
                let place = format!("/keyed/{tag}/{step}");
                assert!(key_of.contains_key(&*place), "{place} never came");
                assert!(finished.contains_key(&(&**tag, step)), "{place} never finished");
            }
            for step in ["o1", "o2", "o3"] {
                let place = format!("/once/{tag}/{step}");
                let came = world.once.get(&place).copied().unwrap_or_default();
                assert!(came <= 1, "{place} came {came} times");
                let is_finished = finished.contains_key(&(&**tag, step));
                let code = failed.get(&(&**tag, step)).copied();
                match (is_finished, code) {
                    (true, None) => assert_eq!(came, 1, "{place} is said to have happened"),
                    (false, Some("DID_NOT_HAPPEN")) => assert_eq!(came, 0, "{place} is said not to have happened"),
                    other => panic!("{place}: {other:?}"),
                }
            }
        }
    }

    fn judge_payments(&self, path: &std::path::Path, tags: &BTreeMap<String, String>, finished: &BTreeMap<(&str, &str), &Value>) {
        let sql = format!("SELECT id FROM transfers WHERE payer = '{SHOP}'");
        let moved: Vec<String> = database::rows(path, &sql, |row| row.get(0));
        let mut receipts = BTreeSet::new();
        for tag in tags.values() {
            for step in 1..=PAYMENTS {
                let step = format!("p{step}");
                let event = finished.get(&(&**tag, &*step)).unwrap_or_else(|| panic!("{tag} did not pay {step}"));
                let transfer = event["outputs"]["receipt"]["transfer"].as_str().unwrap().to_owned();
                assert!(receipts.insert(transfer), "two receipts for one transfer");
            }
        }
        assert_eq!(moved.len(), tags.len() * PAYMENTS, "one transfer a payment");
        assert_eq!(moved.into_iter().collect::<BTreeSet<_>>(), receipts);
        let balances = self.workspace.balances();
        let paid = i128::try_from(tags.len() * PAYMENTS).unwrap();
        assert_eq!(balances[SHOP], 40_000 - paid);
        let alice: i128 = balances.iter().filter(|(id, _)| id.starts_with("alice")).map(|(_, minor)| minor).sum();
        assert_eq!(alice, paid);
        let sql = "SELECT count(*) FROM holds WHERE state = 'open'";
        assert_eq!(database::rows(path, sql, |row| row.get::<i64, _>(0)), [0], "money is still held");
    }
}

fn kill(child: &mut Child) -> bool {
    // SIGKILL. A child that has just ended by itself was not killed.
    let ended = child.try_wait().unwrap().is_some();
    if !ended {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    !ended && status.code().is_none()
}

fn read_on(mut from: impl Read + Send + 'static, to: Arc<Mutex<Vec<u8>>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            to.lock().unwrap().extend_from_slice(&bytes[..read]);
        }
    })
}

fn answer(seen: &Seen, world: &Mutex<World>, moods: &Mutex<Drawn>) -> Reply {
    let (wait, hang_up) = {
        let mut drawn = moods.lock().unwrap();
        (Duration::from_micros(1000 + drawn.below(2000)), drawn.percent(3))
    };
    let half = wait / 2;
    thread::sleep(half);
    if let Some(key) = seen.key() {
        world.lock().unwrap().keyed.entry(key.to_owned()).or_default().push((seen.path.clone(), seen.body.clone()));
    } else if seen.path.starts_with("/once/") {
        *world.lock().unwrap().once.entry(seen.path.clone()).or_default() += 1;
    }
    thread::sleep(wait - half);
    if hang_up && seen.key().is_some() { Reply::HangUp } else { Reply::ok("done") }
}

/// A chain of calls with and without a key, a chain of payments, and a chain of pure steps and a read, side by side.
fn flow(server: &str) -> String {
    let tag = json!([{"name": "tag", "type": "text"}]);
    let mut flow = FlowText::new("crash").inputs(&[("tag", "text")]);
    let mut last: Option<String> = None;
    for n in 1..=3 {
        let keyed = json!({
            "id": format!("k{n}"), "kind": "http",
            "config": {
                "method": "POST", "url": format!("{server}/keyed/{{{{ tag }}}}/k{n}"), "json": "{\"tag\": tag}", "inputs": tag,
                "idempotency_header": "Idempotency-Key", "timeout_ms": 10_000,
            },
            "retry": {"attempts": 20, "backoff": {"first_ms": 1, "most_ms": 5}},
        });
        let once = json!({
            "method": "POST", "url": format!("{server}/once/{{{{ tag }}}}/o{n}"), "body": "{{ tag }}", "inputs": tag, "timeout_ms": 10_000,
        });
        flow = flow.whole_node(keyed).node(&format!("o{n}"), "http", once);
        flow = flow.node(&format!("missed{n}"), "set", json!({"fields": {"what": {"cel": "value"}}}));
        flow = flow.edge("input.tag", &format!("k{n}.tag")).edge("input.tag", &format!("o{n}.tag"));
        flow =
            flow.edge(&format!("k{n}.status"), &format!("o{n}.value")).edge(&format!("o{n}.error"), &format!("missed{n}.value"));
        if let Some(last) = &last {
            flow = flow.edge(last, &format!("k{n}.value"));
        }
        last = Some(format!("o{n}.status"));
    }
    let mut last = "input.tag".to_owned();
    for n in 1..=PAYMENTS {
        flow = flow
            .node(&format!("words{n}"), "template", json!({"text": "Send $0.01 to Alice"}))
            .node(&format!("intent{n}"), "parse-intent", json!({}))
            .node(&format!("p{n}"), "pay", json!({"account": SHOP}))
            .edge(&last, &format!("words{n}.value"))
            .edge(&format!("words{n}.text"), &format!("intent{n}.text"))
            .edge(&format!("intent{n}.intent"), &format!("p{n}.intent"));
        last = format!("p{n}.receipt");
    }
    let mut last = "input.tag".to_owned();
    for n in 1..=6 {
        flow = flow
            .node(&format!("set{n}"), "set", json!({"fields": {"next": {"cel": "value"}}}))
            .edge(&last, &format!("set{n}.value"));
        last = format!("set{n}.next");
    }
    let read = json!({"url": format!("{server}/read/{{{{ value }}}}"), "timeout_ms": 10_000});
    flow.node("read", "http", read).edge(&last, "read.value").outputs(&[("read", "any", "read.body")]).text()
}
