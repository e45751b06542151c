//! Everything that is tested from outside: the repository's own rules, and the binary on small projects.

mod architecture;
mod support;
