//! The journals of runs, event by event.

use std::collections::{BTreeMap, HashSet};

use engine::{Event, Gate, event::EVENT_VERSION};
use flow::Digest;
use futures_util::TryStreamExt as _;
use sqlx::SqliteConnection;

use super::{Report, chain::Chain, links, tables};
use crate::{
    live::{Live, Place, RunState, event_hash, waiting_row},
    table::{Cell, Of, Row, cells},
};

/// What is known of the run that is being followed.
struct Following {
    run: String,
    /// `None` until its first event makes sense.
    live: Option<Live>,
    seq: i64,
    head: Digest,
    /// The last event that the audit chain must cover.
    covered: u64,
    gated: links::Gated,
}

/// The derived rows that follow from the journals.
#[derive(Default)]
struct Derived {
    runs: BTreeMap<Vec<Cell>, Row>,
    waiting: BTreeMap<Vec<Cell>, Row>,
    seen: HashSet<String>,
}

/// Follows the journal of a run, or of all, and compares the derived rows.
pub(super) async fn walk(conn: &mut SqliteConnection, run: Option<&str>, chain: &Chain, report: &mut Report) {
    // Sorted by keys alone, as bodies may be many (the limit keeps SQLite from passing over the order); not by way of `placed`, which
    // is checked by itself.
    let sql = "SELECT j.run, j.seq, j.at, j.v, j.kind, j.path, j.body, j.digest, j.hash, b.bytes FROM \
         (SELECT id FROM journal WHERE ?1 IS NULL OR run = ?1 ORDER BY run, seq, id LIMIT -1) o CROSS JOIN journal j ON j.id = o.id \
         LEFT JOIN blobs b ON j.body IS NULL AND b.digest = j.digest";
    let mut derived = Derived::default();
    let mut following: Option<Following> = None;
    {
        let mut rows = sqlx::query(sql).bind(run).fetch(&mut *conn);
        loop {
            match rows.try_next().await.and_then(|row| row.as_ref().map(cells).transpose()) {
                Ok(Some(row)) => event(&mut following, &mut derived, row, chain, report),
                Ok(None) => break,
                Err(error) => {
                    report.unread("journal", &error);
                    break;
                }
            }
        }
    }
    if let Some(last) = following {
        finish(last, &mut derived, chain, report);
    }
    for lost in chain.heads.keys().filter(|id| run.is_none_or(|run| run == &***id) && !derived.seen.contains(&***id)) {
        report.problem("journal", format!("run {lost} is in the audit chain, and none of its events are here"));
    }
    placed(conn, report).await;
    let only = run.map(|id| ("run", id));
    tables::compare_table(conn, Of::Waiting, derived.waiting, only, report).await;
    tables::compare_table(conn, Of::Runs, derived.runs, run.map(|id| ("id", id)), report).await;
}

/// Whether the index by run has every event up to the one it says, and nothing else.
async fn placed(conn: &mut SqliteConnection, report: &mut Report) {
    let sql = "SELECT (SELECT count(*) FROM journal WHERE id <= (SELECT max(up_to) FROM placing)) AS events, \
         (SELECT count(*) FROM placed p JOIN journal j ON j.id = p.id AND j.run = p.run AND j.seq = p.seq \
         WHERE p.id <= (SELECT max(up_to) FROM placing)) AS right, \
         (SELECT count(*) FROM placed) AS placed, (SELECT count(*) FROM placing) AS marks, \
         (SELECT max(up_to) FROM placing) <= (SELECT coalesce(max(id), 0) FROM journal) AS within, \
         (SELECT count(*) = coalesce(max(id), 0) FROM journal) AS numbered";
    match sqlx::query(sql).fetch_one(conn).await.and_then(|row| cells(&row)).as_deref() {
        Ok([Cell::Int(events), Cell::Int(right), Cell::Int(placed), Cell::Int(1), Cell::Int(1), Cell::Int(1)]) => {
            report.expect(events == right && right == placed, "tables placed and placing", || {
                "the index of events by run is not what the journal leads to".to_owned()
            });
        }
        Ok(_) => report.problem(
            "tables journal and placing",
            "events are not numbered one by one, or the index does not say up to which it goes",
        ),
        Err(error) => report.unread("table placed", error),
    }
}

fn event(following: &mut Option<Following>, derived: &mut Derived, row: Row, chain: &Chain, report: &mut Report) {
    let [
        Cell::Text(run),
        Cell::Int(seq),
        Cell::Int(at),
        Cell::Int(v),
        Cell::Text(kind),
        path,
        body,
        Cell::Blob(digest),
        Cell::Blob(hash),
        blob,
    ] = row.as_slice()
    else {
        return report.problem("journal", "a column of a row holds what it can't hold");
    };
    if following.as_ref().is_none_or(|f| f.run != *run)
        && let Some(before) = following.replace(Following {
            run: run.clone(),
            live: None,
            seq: 0,
            head: Digest::from_bytes([0; 32]),
            covered: 0,
            gated: links::Gated::default(),
        })
    {
        finish(before, derived, chain, report);
    }
    let Some(of) = following else { return };
    report.count("events", 1);
    let place = format!("journal, run {run}, event {}", of.seq + 1);
    report.expect(*seq == of.seq + 1, &place, || format!("its number is {seq}; an event is missing or was put in"));
    let path = match path {
        Cell::Null => None,
        Cell::Text(path) => Some(path.as_str()),
        _ => return report.problem(place, "its path is not text"),
    };
    let text: &[u8] = match (body, blob) {
        (Cell::Text(body), _) => body.as_bytes(),
        (Cell::Null, Cell::Blob(bytes)) => bytes,
        _ => return report.problem(place, "its body is missing"),
    };
    let computed = Digest::of_bytes(text);
    report.expect(digest == computed.bytes(), &place, || "its body is not the one that its digest names".to_owned());
    let said = <[u8; 32]>::try_from(digest.as_slice()).map_or(computed, Digest::from_bytes);
    let chained = event_hash(&of.head, run, &Place { seq: *seq, at: *at, v: *v, kind, path }, &said);
    report.expect(hash == chained.bytes(), &place, || {
        "its hash does not cover it and the event before it: one of them was changed".to_owned()
    });
    of.seq = *seq;
    of.head = <[u8; 32]>::try_from(hash.as_slice()).map_or(chained, Digest::from_bytes);
    let number = u64::try_from(*seq).unwrap_or(0);
    for (_, expected) in chain.heads.get(run.as_str()).into_iter().flatten().filter(|(seq, _)| *seq == number) {
        report.count("heads of runs in the audit chain", 1);
        report.expect(*expected == of.head, &place, || "the audit chain has another hash for it".to_owned());
    }
    if *v != i64::from(EVENT_VERSION) {
        return report.problem(place, format!("it was written in version {v}, and this program knows {EVENT_VERSION}"));
    }
    let event: Event = match serde_json::from_slice(text) {
        Ok(event) => event,
        Err(error) => return report.problem(place, format!("its body can't be read: {error}")),
    };
    report.expect(event.name() == kind, &place, || format!("its kind is {kind}, and its body says {}", event.name()));
    report.expect(event.path().map(|p| p.as_str()) == path, &place, || "its path is not the one in its body".to_owned());
    follow(of, &event, *at, &place, report);
    links::check(&mut of.gated, chain, &event, &place, report);
    if matches!(
        event,
        Event::Gated { gate: Gate::Act | Gate::Wait, .. }
            | Event::Questioned { .. }
            | Event::Unknown { .. }
            | Event::Replied { .. }
            | Event::Ended { .. }
    ) {
        of.covered = number;
    }
}

fn follow(of: &mut Following, event: &Event, at: i64, place: &str, report: &mut Report) {
    let live = match &mut of.live {
        Some(_) if matches!(event, Event::Started { .. }) => return report.problem(place, "the run starts twice"),
        Some(live) if live.state.ending().is_some() => return report.problem(place, "it comes after the run's end"),
        Some(live) => live,
        none => match Live::begin(event, at) {
            Some(live) => none.insert(live),
            None => return report.problem(place, "the run does not begin with its start"),
        },
    };
    live.follow(event, at, &mut Vec::new());
}

fn finish(of: Following, derived: &mut Derived, chain: &Chain, report: &mut Report) {
    report.count("runs", 1);
    let place = format!("journal, run {}", of.run);
    let heads = chain.heads.get(of.run.as_str());
    let last = heads.into_iter().flatten().map(|(seq, _)| *seq).max().unwrap_or(0);
    report.expect(last <= u64::try_from(of.seq).unwrap_or(0), &place, || {
        format!("the audit chain knows event {last}, which is missing")
    });
    report.expect(of.covered <= last, &place, || format!("event {} is not covered by the audit chain", of.covered));
    let Some(live) = of.live else { return };
    if let Some(flow) = chain.flows.get(&live.flow) {
        report.expect(flow.id == live.flow_id, &place, || {
            format!("its flow is {}, and its version is of {}", live.flow_id, flow.id)
        });
    } else {
        report.problem(&place, format!("its flow version {} is not stored", live.flow));
    }
    for (path, wait) in &live.waiting {
        let row = waiting_row(&of.run, path, wait);
        derived.waiting.insert(row[..2].to_vec(), row);
    }
    let mut row = live.row(&of.run);
    if live.state == RunState::Running {
        // Whether it is in memory or only waits is not in its events.
        row[Of::Runs.table().at("state")] = Cell::Null;
    }
    derived.runs.insert(row[..1].to_vec(), row);
    derived.seen.insert(of.run);
}
