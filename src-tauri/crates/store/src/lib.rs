//! The one store: SQLite, journal, audit chain, projections, blobs, secrets.
