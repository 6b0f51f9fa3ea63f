//! Fakes, fixtures and fault injection, for tests only.
