//! Recorded system calls, and whether what left the process had been synced to disk before.

use std::collections::HashMap;

/// One system call of a trace that `strace -f -yy -o FILE` wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    /// What the first argument stands for, where it is a descriptor: a path, `UNIX-STREAM:[…]`, `TCP:[…]`.
    pub target: String,
    /// Everything between the parentheses.
    pub arguments: String,
    /// What it returned.
    pub result: String,
    /// The lines of the trace on which it began and ended.
    pub began: usize,
    pub ended: usize,
}

impl Call {
    fn new(text: &str, began: usize, ended: usize) -> Option<Self> {
        let (name, rest) = text.split_once('(')?;
        let (arguments, result) = rest.rsplit_once(" = ")?;
        let arguments = arguments.trim_end();
        let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
        let target = arguments.split_once('<').filter(|(number, _)| number.parse::<u32>().is_ok()).map_or("", |(_, rest)| {
            let end = rest.find(">,").unwrap_or_else(|| rest.len() - usize::from(rest.ends_with('>')));
            &rest[..end]
        });
        Some(Self {
            name: name.trim().to_owned(),
            target: target.to_owned(),
            arguments: arguments.to_owned(),
            result: result.trim().to_owned(),
            began,
            ended,
        })
    }

    fn is_of_the_log(&self) -> bool {
        self.target.ends_with(".sqlite-wal")
    }

    fn writes(&self) -> bool {
        matches!(&*self.name, "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2")
    }

    fn syncs(&self) -> bool {
        matches!(&*self.name, "fsync" | "fdatasync") && self.result.starts_with('0')
    }
}

/// The calls of a trace, in the order in which they began.
pub fn read(trace: &str) -> Vec<Call> {
    let mut begun: HashMap<&str, (String, usize)> = HashMap::new();
    let mut calls = Vec::new();
    for (at, line) in trace.lines().enumerate() {
        let Some((pid, text)) = line.trim_start().split_once(char::is_whitespace) else { continue };
        let text = text.trim_start();
        if let Some(start) = text.strip_suffix("<unfinished ...>") {
            begun.insert(pid, (start.trim_end().to_owned(), at));
        } else if let Some(rest) = text.strip_prefix("<... ") {
            let (Some((start, began)), Some((_, rest))) = (begun.remove(pid), rest.split_once("resumed>")) else { continue };
            calls.extend(Call::new(&format!("{start}{rest}"), began, at));
        } else {
            calls.extend(Call::new(text, at, at));
        }
    }
    calls.sort_by_key(|call| call.began);
    calls
}

/// Why a trace does not show that something was on disk before it left the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It was never written to the store's log.
    NotWritten,
    /// It never left the process.
    NotSent,
    /// It left before it was written.
    SentFirst,
    /// It was written, and left before a sync of the log that began after that.
    NotSynced,
}

/// Whether the log was synced between the first write to it with all these texts, and the first call that takes it outside.
pub fn synced_before(calls: &[Call], texts: &[&str], leaves: impl Fn(&Call) -> bool) -> Result<(), Fault> {
    let says = |call: &&Call| call.is_of_the_log() && call.writes() && texts.iter().all(|text| call.arguments.contains(text));
    let written = calls.iter().filter(says).map(|call| call.ended).min().ok_or(Fault::NotWritten)?;
    let sent = calls.iter().find(|call| leaves(call)).ok_or(Fault::NotSent)?.began;
    if sent <= written {
        return Err(Fault::SentFirst);
    }
    let between = |call: &Call| call.is_of_the_log() && call.syncs() && call.began > written && call.ended < sent;
    if calls.iter().any(between) { Ok(()) } else { Err(Fault::NotSynced) }
}
