//! What a group of requests changes, collected so that each row is written once.

use std::{collections::BTreeMap, sync::Arc};

use engine::RunId;
use flow::Digest;

use crate::table::{Cell, Of, Row, TABLES};

/// What becomes of one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// It must not be there yet.
    New(Row),
    /// It is there or not.
    Put(Row),
    /// It is there, and only these columns change.
    Patch(Vec<(usize, Cell)>),
    /// It goes.
    Gone,
}

/// One event as it is written.
#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) run: RunId,
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) v: i64,
    pub(crate) kind: &'static str,
    pub(crate) path: Option<Arc<str>>,
    /// `None` when it is a blob.
    pub(crate) body: Option<String>,
    pub(crate) digest: Digest,
    pub(crate) hash: Digest,
}

/// One link of the audit chain as it is written.
#[derive(Debug)]
pub(crate) struct AuditRow {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) kind: &'static str,
    pub(crate) body: String,
    pub(crate) hash: Digest,
}

/// All that a group changes.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    tables: BTreeMap<Of, BTreeMap<Vec<Cell>, Change>>,
    pub(crate) journal: Vec<EventRow>,
    pub(crate) audit: Vec<AuditRow>,
    pub(crate) blobs: Vec<(Digest, Vec<u8>)>,
    /// Runs whose claims go, and whose prompts the authority forgets.
    pub(crate) forgotten: Vec<String>,
}

impl Changes {
    /// A row that must not be there yet.
    pub(crate) fn new_row(&mut self, of: Of, row: Row) {
        let key = row[..of.table().keys].to_vec();
        self.tables.entry(of).or_default().insert(key, Change::New(row));
    }

    /// A row in place of the one that may be there.
    pub(crate) fn put(&mut self, of: Of, row: Row) {
        let key = row[..of.table().keys].to_vec();
        let rows = self.tables.entry(of).or_default();
        let change = if matches!(rows.get(&key), Some(Change::New(_))) { Change::New(row) } else { Change::Put(row) };
        rows.insert(key, change);
    }

    /// New values in some columns of a row that is there.
    pub(crate) fn patch(&mut self, of: Of, key: Vec<Cell>, columns: &[(&str, Cell)]) {
        let columns = columns.iter().map(|(name, cell)| (of.table().at(name), cell.clone()));
        let change = self.tables.entry(of).or_default().entry(key).or_insert_with(|| Change::Patch(Vec::new()));
        match change {
            Change::New(row) | Change::Put(row) => columns.for_each(|(at, cell)| row[at] = cell),
            Change::Patch(patches) => patches.extend(columns),
            Change::Gone => {}
        }
    }

    /// A row goes.
    pub(crate) fn delete(&mut self, of: Of, key: Vec<Cell>) {
        self.tables.entry(of).or_default().insert(key, Change::Gone);
    }

    /// The changes of the derived tables, in an order in which they can be written.
    pub(crate) fn take_tables(&mut self) -> BTreeMap<Of, BTreeMap<Vec<Cell>, Change>> {
        std::mem::take(&mut self.tables)
    }

    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
            && self.journal.is_empty()
            && self.audit.is_empty()
            && self.blobs.is_empty()
            && self.forgotten.is_empty()
    }
}

/// Derived tables in memory: what `verify` makes of the audit chain.
#[derive(Debug)]
pub(crate) struct Image(pub(crate) Vec<BTreeMap<Vec<Cell>, Row>>);

impl Default for Image {
    fn default() -> Self {
        Self(vec![BTreeMap::new(); TABLES.len()])
    }
}

impl Image {
    /// The rows of a table.
    pub(crate) fn rows(&mut self, of: Of) -> &mut BTreeMap<Vec<Cell>, Row> {
        &mut self.0[of as usize]
    }

    /// Does here what the writer does on disk.
    pub(crate) fn absorb(&mut self, mut changes: Changes) {
        for (of, table) in changes.take_tables() {
            for (key, change) in table {
                match change {
                    Change::New(row) | Change::Put(row) => {
                        self.rows(of).insert(key, row);
                    }
                    Change::Patch(columns) => {
                        if let Some(row) = self.rows(of).get_mut(&key) {
                            columns.into_iter().for_each(|(at, cell)| row[at] = cell);
                        }
                    }
                    Change::Gone => {
                        self.rows(of).remove(&key);
                    }
                }
            }
        }
        for run in changes.forgotten {
            let run = Cell::Text(run);
            let at = Of::Claims.table().at("run");
            self.rows(Of::Claims).retain(|_, row| row[at] != run);
            let (at, live) = (Of::Prompts.table().at("run"), Of::Prompts.table().at("live"));
            self.rows(Of::Prompts).values_mut().filter(|row| row[at] == run).for_each(|row| row[live] = false.into());
        }
    }
}
