//! Corrupt, truncated and hostile flow files, recordings and databases, a frozen owner and a full disk: each gives a clear error with the
//! documented exit code, in time, never a panic and never a changed database.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{
    Drawn, database,
    flow::{FlowText, written_payment},
    server::{Reply, Server},
    skipped,
    workspace::{self, Done, Workspace},
};

/// Everything here is refused sooner than this.
const SOON: Duration = Duration::from_secs(20);

const USAGE: i32 = 2;
const STORE: i32 = 5;
const PROBLEMS: i32 = 6;
const MACHINE: i32 = 7;

fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Carries a command out that must end soon, saying what is wrong where something is.
#[track_caller]
fn soon<'a>(workspace: &Workspace, args: impl IntoIterator<Item = &'a str>) -> Done {
    let done = workspace::wait(workspace::start(&mut workspace.assent(args)), SOON);
    let says = !done.stderr.trim().is_empty() || !done.stdout.trim().is_empty();
    assert!(done.code.is_some() && says, "{done:?}");
    done
}

fn store_bytes(workspace: &Workspace) -> Vec<u8> {
    fs::read(database::of(&workspace.folder())).unwrap()
}

#[test]
fn flow_files_that_are_no_flows_are_refused() {
    let workspace = Workspace::new();
    workspace.with_alice();
    let before = store_bytes(&workspace);
    let good = fs::read(shipped("flows/voice-payment.flow.json")).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let hello = fs::read_to_string(shipped("flows/hello.flow.json")).unwrap();
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
    let mut files: Vec<(String, Vec<u8>)> = [
        ("empty", String::new()),
        ("null", "null".to_owned()),
        ("list", "[]".to_owned()),
        ("bom", format!("\u{feff}{text}")),
        ("zero", text.replace("\"pay\"", "\"p\\u0000y\"")),
        ("deep-list", deep("[", "]")),
        ("deep-object", deep("{\"a\":", "}")),
        ("deep-config", hello.replace("\"Hello, {{ name }}.\"", &deep("[", "]"))),
        ("big-number", text.replace("\"version\": 1", "\"version\": 1e999")),
        ("negative", text.replace("\"version\": 1", "\"version\": -1")),
        ("future", text.replace("\"version\": 1", "\"version\": 4294967295")),
        ("schema", text.replace("assent.flow/1", "assent.flow/2")),
        ("unknown-field", text.replace("\"edges\":", "\"edgez\":")),
        ("twice", text.replace("\"id\": \"pay\",", "\"id\": \"pay\", \"id\": \"pay\",")),
        ("same-id", text.replace("\"id\": \"risk\"", "\"id\": \"pay\"")),
        ("path-id", text.replace("\"id\": \"pay\"", "\"id\": \"../../pay\"")),
        ("no-kind", text.replace("\"kind\": \"pay\"", "\"kind\": \"exec\"")),
        (
            "cycle",
            text.replace(
                "\"from\": \"pay.receipt\"",
                "\"from\": \"pay.receipt\", \"to\": \"risk.intent\" }, { \"from\": \"pay.receipt\"",
            ),
        ),
        ("dangling", text.replace("\"to\": \"pay.intent\"", "\"to\": \"nobody.intent\"")),
        ("itself", sub_flow("itself").text()),
        ("template", hello.replace("{{ name }}", "{% for a in")),
        ("names-nothing", hello.replace("{{ name }}", "{{ nobody.there }}")),
        ("cel", set_to("(((((").text()),
        ("deep-cel", set_to(&format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000))).text()),
        ("deep-template", hello.replace("{{ name }}", &format!("{{{{ {}name{} }}}}", "(".repeat(50_000), ")".repeat(50_000)))),
        ("secret", leaks().text()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.into_bytes()))
    .collect();
    let whole = text.trim_end().len();
    files.extend((0..60).map(|at| (format!("cut-{at}"), good[..whole * at / 60].to_vec())));
    let paths: Vec<_> = files.iter().map(|(name, bytes)| workspace.file(&format!("{name}.flow.json"), bytes)).collect();
    let names: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();

    let began = Instant::now();
    let done = soon(&workspace, ["check"].into_iter().chain(names.iter().copied())).expect(PROBLEMS);
    for name in &names {
        let line = done.stdout.lines().find(|line| line.starts_with(&format!("{name}: ")));
        let line = line.unwrap_or_else(|| panic!("{name} is not spoken of:\n{}", done.stdout));
        assert!(!line.contains(": 0 errors"), "{line}");
    }
    // Running is no way around checking.
    for name in names.iter().take(26) {
        soon(&workspace, ["run", name]).expect(PROBLEMS);
        let done = workspace::wait(workspace::start(&mut workspace.assent(["fmt", "--check", name])), SOON);
        assert!(matches!(done.code, Some(0 | PROBLEMS)), "{done:?}");
    }
    println!("{} files in {:?}", names.len(), began.elapsed());

    for (name, content, code) in [("latin", &b"{\"schema\": \"\xe4\xf6\xfc\"}"[..], USAGE), ("bytes", &[0xff; 4096], USAGE)] {
        let path = workspace.file(&format!("{name}.flow.json"), content);
        soon(&workspace, ["check", path.to_str().unwrap()]).expect(code);
    }
    soon(&workspace, ["check", workspace.beside("missing.flow.json").to_str().unwrap()]).expect(USAGE);
    soon(&workspace, ["check", workspace.folder().to_str().unwrap()]).expect(USAGE);
    soon(&workspace, ["run", "no-such-flow"]).expect(4);
    assert!(store_bytes(&workspace) == before, "a refused flow changed the store");
}

/// Whatever a flipped byte makes of a flow, checking it ends well: it is a flow still, or the problems are named.
#[test]
fn flow_files_with_flipped_bytes_are_checked() {
    let workspace = Workspace::new();
    let mut drawn = Drawn::new(0x5eed);
    let good = fs::read(shipped("flows/voice-payment.flow.json")).unwrap();
    let flip = |_| {
        let mut bytes = good.clone();
        let at = usize::try_from(drawn.below(good.len() as u64)).unwrap();
        // ASCII, so that it is text still.
        bytes[at] = u8::try_from(drawn.below(95) + 32).unwrap();
        bytes
    };
    let files: Vec<_> = (0..300).map(flip).collect();
    let paths: Vec<_> = files.iter().enumerate().map(|(at, bytes)| workspace.file(&format!("{at}.flow.json"), bytes)).collect();
    let names: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let done = soon(&workspace, ["check"].into_iter().chain(names.iter().copied())).expect(PROBLEMS);
    assert!(names.iter().all(|name| done.stdout.contains(&format!("{name}: "))));
}

fn sub_flow(of: &str) -> FlowText {
    FlowText::new("itself").node("again", "sub-flow", json!({"flow": of}))
}

fn set_to(cel: &str) -> FlowText {
    FlowText::new("sets").node("set", "set", json!({"fields": {"x": {"cel": cel}}}))
}

/// A secret's value where its name belongs.
fn leaks() -> FlowText {
    let headers = json!([{"name": "Authorization", "value": "Bearer ghp_16C7e42F292c6912E7710c838347Ae178B4a"}]);
    FlowText::new("leaks").node("call", "http", json!({"url": "https://example.com/", "headers": headers}))
}

/// Flows that pass the checks and would take all time or memory there is.
#[test]
fn flows_that_never_end_are_stopped() {
    let workspace = Workspace::new();
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let nested = (0..12).fold("1".to_owned(), |inner, n| format!("{ten}.map(a{n}, {inner})"));
    let doubled = (0..40).fold("value".to_owned(), |inner, _| format!("[{inner}].map(s, s + s)[0]"));
    let template = |text: &str| FlowText::new("writes").node("write", "template", json!({"text": text}));
    let loops =
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}x{% endfor %}{% endfor %}{% endfor %}";
    let long =
        "{% set ns = namespace(x='xxxxxxxx') %}{% for a in range(9999) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}";
    let flows = [
        ("nested", set_to(&nested)),
        ("doubled", set_to(&doubled.replace("value", "\"xxxxxxxxxxxxxxxx\""))),
        ("loops", template(loops)),
        ("long", template(long)),
        ("padded", template("{{ '%099999999d' | format(1) }}")),
    ];
    for (name, flow) in flows {
        let path = workspace.file(&format!("{name}.flow.json"), flow.text());
        let began = Instant::now();
        let done = soon(&workspace, ["run", path.to_str().unwrap()]);
        println!("{name}: exit {:?} in {:?}: {}", done.code, began.elapsed(), done.stderr.lines().next().unwrap_or_default());
        assert!(matches!(done.code, Some(1 | PROBLEMS)), "{name}: {done:?}");
    }
    workspace.verify();
}

/// A WAV file of these parts.
fn wav(format: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let align = channels.wrapping_mul(bits / 8);
    let mut file = Vec::from(*b"RIFF");
    file.extend((36 + u32::try_from(data.len()).unwrap()).to_le_bytes());
    file.extend(*b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(format.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend(rate.wrapping_mul(align.into()).to_le_bytes());
    file.extend(align.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(*b"data");
    file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    file.extend(data);
    file
}

#[test]
fn recordings_that_are_none_are_refused() {
    let workspace = Workspace::new();
    workspace.with_alice();
    let good = fs::read(shipped("assets/voice/send-25-alice.wav")).unwrap();
    let second = vec![0; 32_000];
    let noise: Vec<u8> = {
        let mut drawn = Drawn::new(7);
        (0..96_000).map(|_| u8::try_from(drawn.below(256)).unwrap()).collect()
    };
    let nan: Vec<u8> = f32::NAN.to_le_bytes().repeat(32_000);
    let infinite: Vec<u8> = f32::INFINITY.to_le_bytes().repeat(32_000);
    let mut long_claim = good.clone();
    long_claim[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    let endless_chunk = [&good[..12], b"LIST", &u32::MAX.to_le_bytes(), &good[12..]].concat();
    let files = [
        ("empty", Vec::new()),
        ("text", b"Send twenty-five dollars to Alice".to_vec()),
        ("riff-only", good[..12].to_vec()),
        ("half-header", good[..30].to_vec()),
        ("header-only", good[..44].to_vec()),
        ("endless-chunk", endless_chunk),
        ("no-channels", wav(1, 0, 16_000, 16, &second)),
        ("many-channels", wav(1, u16::MAX, 16_000, 16, &second)),
        ("no-rate", wav(1, 1, 0, 16, &second)),
        ("huge-rate", wav(1, 1, u32::MAX, 16, &second)),
        ("no-bits", wav(1, 1, 16_000, 0, &second)),
        ("odd-bits", wav(1, 1, 16_000, 13, &second)),
        ("mp3-inside", wav(0x55, 1, 16_000, 16, &second)),
        ("silence", wav(1, 1, 16_000, 16, &second)),
        ("short", wav(1, 1, 16_000, 16, &second[..3_200])),
        ("noise", wav(1, 1, 16_000, 16, &noise)),
        ("nan", wav(3, 1, 16_000, 32, &nan)),
        ("infinite", wav(3, 1, 16_000, 32, &infinite)),
        ("too-long", wav(1, 1, 8_000, 8, &vec![128; 8_000 * 3600])),
    ];
    for (name, bytes) in &files {
        let path = workspace.file(&format!("{name}.wav"), bytes);
        let done = soon(&workspace, ["transcribe", path.to_str().unwrap()]);
        assert_eq!(done.code, Some(MACHINE), "{name}: {done:?}");
        assert!(done.stderr.starts_with("error SPEECH: "), "{name}: {done:?}");
    }
    // A length that can't be true says nothing about what is there.
    let path = workspace.file("long-claim.wav", &long_claim);
    let done = soon(&workspace, ["transcribe", path.to_str().unwrap()]);
    assert!(matches!(done.code, Some(0 | MACHINE)), "{done:?}");

    let mut drawn = Drawn::new(0xface);
    for _ in 0..20 {
        let mut bytes = good.clone();
        for _ in 0..=drawn.below(3) {
            let at = usize::try_from(drawn.below(44)).unwrap();
            bytes[at] = u8::try_from(drawn.below(256)).unwrap();
        }
        let path = workspace.file("flipped.wav", &bytes);
        let done = soon(&workspace, ["transcribe", path.to_str().unwrap()]);
        assert!(matches!(done.code, Some(0 | MACHINE)), "{done:?}");
    }

    // In a run, too: the run fails, and nothing is asked or moved.
    let flow = shipped("flows/voice-payment.flow.json");
    for name in ["text", "silence", "noise", "nan"] {
        let input = format!("audio=@{}", workspace.beside(&format!("{name}.wav")).display());
        let done = soon(&workspace, ["--json", "run", flow.to_str().unwrap(), "--yes", "--input", &input]).expect(1);
        assert_eq!(done.lines().last().unwrap()["event"]["failure"][0], "transcribe", "{name}");
    }
    assert!(workspace.json(["prompts"])["prompts"].as_array().unwrap().is_empty());
    workspace.verify();
}

/// A workspace with something of everything, closed.
fn full() -> Workspace {
    let workspace = Workspace::new();
    workspace.with_alice();
    workspace.with_money("100.00");
    let flow = workspace.file("pay.flow.json", written_payment().text());
    workspace.ok(["run", flow.to_str().unwrap(), "--input", "words=Send 5 dollars to Alice"]);
    workspace.ok(["run", shipped("flows/hello.flow.json").to_str().unwrap()]);
    workspace.verify();
    workspace
}

#[test]
fn databases_that_are_not_ours_or_damaged_are_refused_and_left_alone() {
    let full = full();
    let size = store_bytes(&full).len();
    let patch = |path: &Path, at: usize, bytes: &[u8]| {
        let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(bytes).unwrap();
    };
    type Spoil<'a> = Box<dyn Fn(&Path) + 'a>;
    let spoils: Vec<(&str, Spoil<'_>)> = vec![
        ("text", Box::new(|path| fs::write(path, "These are no tables.").unwrap())),
        ("zeros", Box::new(|path| fs::write(path, vec![0; 65_536]).unwrap())),
        ("half", Box::new(|path| fs::write(path, &fs::read(path).unwrap()[..size / 2]).unwrap())),
        ("head", Box::new(|path| fs::write(path, &fs::read(path).unwrap()[..50]).unwrap())),
        ("no last page", Box::new(|path| fs::write(path, &fs::read(path).unwrap()[..size - 8192]).unwrap())),
        ("page size", Box::new(|path| patch(path, 16, &[3, 1]))),
        ("newer", Box::new(|path| patch(path, 60, &99_u32.to_be_bytes()))),
        ("no version", Box::new(|path| patch(path, 60, &0_u32.to_be_bytes()))),
        ("another program", Box::new(|path| patch(path, 68, &7_u32.to_be_bytes()))),
        ("schema page", Box::new(|path| patch(path, 200, &[0x5a; 7_000]))),
        ("encoding", Box::new(|path| patch(path, 56, &3_u32.to_be_bytes()))),
        (
            "a trigger of somebody else",
            Box::new(|path| {
                let sql = "CREATE TRIGGER mine AFTER INSERT ON transfers BEGIN UPDATE accounts SET posted = '0'; END";
                database::change(path, sql);
            }),
        ),
        (
            "a view in place of a table",
            Box::new(|path| {
                database::change(path, "ALTER TABLE payees RENAME TO hidden");
                database::change(path, "CREATE VIEW payees AS SELECT * FROM hidden");
            }),
        ),
    ];
    for (name, spoil) in spoils {
        let copy = full.copy();
        spoil(&database::of(&copy.folder()));
        let before = workspace::files(&copy.folder());
        for args in [&["runs"][..], &["payee", "list"], &["run", "hello"], &["resume"]] {
            let done = soon(&copy, args.iter().copied());
            assert!(matches!(done.code, Some(STORE | MACHINE)), "{name}, {args:?}: {done:?}");
            assert!(done.stderr.starts_with("error ") && done.stderr.contains("store.sqlite"), "{name}: {done:?}");
        }
        let done = soon(&copy, ["verify"]);
        assert!(matches!(done.code, Some(1 | STORE | MACHINE)), "{name}: {done:?}");
        let mut after = workspace::files(&copy.folder());
        // What SQLite lays beside a database in the log's mode while it reads it.
        after.retain(|(path, _)| before.iter().any(|(known, _)| known == path));
        assert!(after == before, "{name}: something was changed");
    }
    full.verify();
}

/// Damage within: whatever page is lost, nothing panics, `verify` sees it, and reading changes nothing.
#[test]
fn a_lost_page_is_seen_and_nothing_is_changed() {
    let full = full();
    let pages = store_bytes(&full).len() / 8192;
    let mut drawn = Drawn::new(0xdb);
    let mut seen = BTreeMap::<Option<i32>, usize>::new();
    for page in (1..pages).step_by(3) {
        let copy = full.copy();
        let path = database::of(&copy.folder());
        let mut bytes = fs::read(&path).unwrap();
        bytes[page * 8192..(page + 1) * 8192].fill_with(|| u8::try_from(drawn.below(256)).unwrap());
        fs::write(&path, &bytes).unwrap();
        soon(&copy, ["verify"]).expect(1);
        let done = workspace::wait(workspace::start(&mut copy.assent(["runs"])), SOON);
        assert!(matches!(done.code, Some(0 | STORE)), "page {page}: {done:?}");
        *seen.entry(done.code).or_default() += 1;
        assert!(fs::read(&path).unwrap() == bytes, "page {page}: the store was changed");
    }
    println!("{pages} pages; `runs` on a store with one lost: {seen:?}");
}

/// A log full of rubbish was never written to its end, so nothing of it counts.
#[test]
fn a_log_of_rubbish_is_no_change() {
    let full = full();
    let journal =
        || database::rows(&database::of(&full.folder()), "SELECT hash FROM journal", |row| sqlx::Row::get::<Vec<u8>, _>(row, 0));
    let before = journal();
    let mut drawn = Drawn::new(0x106);
    for length in [1, 31, 32, 5_000, 100_000] {
        let rubbish: Vec<u8> = (0..length).map(|_| u8::try_from(drawn.below(256)).unwrap()).collect();
        fs::write(full.folder().join("store.sqlite-wal"), rubbish).unwrap();
        full.verify();
        full.ok(["runs"]);
        assert_eq!(journal(), before);
    }
}

/// An owner that no longer answers is not waited for for ever, and not pushed aside.
#[test]
fn a_frozen_owner_is_said_to_be_busy() {
    let workspace = Workspace::new();
    let question = json!({"question": "Shall we?"});
    let flow = workspace.file("ask.flow.json", FlowText::new("ask").node("ask", "approval", question).text());
    let mut owner = workspace::start(&mut workspace.assent(["--json", "run", "--wait", flow.to_str().unwrap()]));
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let questioned = lines.map(|line| line.unwrap()).find(|line| line.contains("questioned"));
    assert!(questioned.is_some());
    let signal = |name: &str| assert!(Command::new("kill").args([name, &owner.id().to_string()]).status().unwrap().success());
    signal("-STOP");
    let began = Instant::now();
    let done = workspace.run(["runs"]);
    println!("after {:?}: {}", began.elapsed(), done.stderr);
    assert_eq!(done.code, Some(STORE), "{done:?}");
    assert!(done.stderr.contains("WORKSPACE_BUSY"), "{done:?}");
    signal("-CONT");
    workspace.ok(["runs"]);
    owner.kill().unwrap();
    owner.wait().unwrap();
    workspace.verify();
}

/// A small disk of one's own, mounted until it is dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path()).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(folder))
    }

    fn grow(&self, size: &str) {
        let grown = Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(self.0.path()).status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_stops_a_run_that_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount("4m") else { return skipped("no small disk can be mounted here") };
    let workspace = Workspace::under(disk.0.path());
    let server = Server::start(|_| Reply::ok(&"x".repeat(100_000)));
    workspace.allow_host(&server.host());
    const CALLS: usize = 40;
    let mut flow = FlowText::new("fills").inputs(&[("tag", "text")]);
    for n in 0..CALLS {
        let call = json!({"method": "POST", "url": format!("{}/{n}", server.url()), "body": "x", "inputs": [{"name": "tag"}]});
        flow = flow.node(&format!("call{n}"), "http", call).edge("input.tag", &format!("call{n}.tag"));
        if n > 0 {
            flow = flow.edge(&format!("call{}.status", n - 1), &format!("call{n}.value"));
        }
    }
    let path = workspace.file("fills.flow.json", flow.text());
    let done = workspace.run(["--json", "run", "--wait", path.to_str().unwrap(), "--input", "tag=x"]);
    assert_eq!(done.code, Some(STORE), "{}", done.stderr);
    assert!(done.stderr.contains("disk is full"), "{}", done.stderr);
    let run = done.lines()[0]["run"].as_str().unwrap().to_owned();
    let acknowledged: Vec<_> = done.lines().split_off(1);
    let before = server.count();
    assert!((5..CALLS).contains(&before), "{before}");
    // Still full: the same error, and nothing is sent.
    soon(&workspace, ["runs"]);
    assert_eq!(server.count(), before);

    disk.grow("64m");
    for _ in 0..5 {
        workspace.ok(["resume"]);
        for prompt in workspace.json(["prompts"])["prompts"].as_array().unwrap() {
            let place = prompt["path"].as_str().unwrap().replace("call", "/");
            let outcome = if server.seen().iter().any(|seen| seen.path == place) { "happened" } else { "again" };
            workspace.ok(["answer", prompt["id"].as_str().unwrap(), outcome]);
        }
    }
    let shown = workspace.json(["show", &run]);
    assert_eq!(shown["ending"]["ending"], "completed", "{shown}");
    let mut came = BTreeMap::<_, usize>::new();
    for seen in server.seen() {
        *came.entry(seen.path).or_default() += 1;
    }
    assert_eq!(came.len(), CALLS);
    assert!(came.values().all(|times| *times == 1), "a call was repeated: {came:?}");
    workspace.verify();
    let sql = format!(
        "SELECT j.seq, j.at, coalesce(j.body, CAST(b.bytes AS TEXT)) FROM journal j LEFT JOIN blobs b ON b.digest = j.digest WHERE j.run = '{run}' ORDER BY j.seq"
    );
    let journal = database::rows(&database::of(&workspace.folder()), &sql, |row| {
        use sqlx::Row as _;
        let event: Value = serde_json::from_str(row.get(2)).unwrap();
        json!({"seq": row.get::<i64, _>(0), "at": row.get::<i64, _>(1), "event": event})
    });
    assert_eq!(journal[..acknowledged.len()], acknowledged, "an acknowledged event was lost or changed");
}
