//! A selection as ordered tasks.
