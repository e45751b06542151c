//! Jinja as dbt speaks it, on the minijinja engine.
//!
//! Owns how templates are read ([`parser`], [`blocks`]), what can be said about them without rendering ([`extract`]), how
//! they are rendered ([`Engine`]), and what their values are ([`value`]). Never touches a warehouse or the disk by
//! itself: what a node sees comes in through [`Scope`].
//!
//! ```text
//! source -> lexer -> parser -> ast -+-> extract
//!                                   +-> printer -> Unit -> Engine
//! ```

pub mod ast;
pub mod blocks;
pub mod context;
mod domain_macros;
mod engine;
mod error;
pub mod extract;
mod lexer;
pub mod library;
mod native;
pub mod origins;
pub mod parser;
mod printer;
mod remedy;
pub mod runtime;
mod unit;
pub mod value;
pub mod warehouse;

pub use blocks::{Block, BlockFile, BlockKind, parse_blocks};
pub use domain_macros::DomainMacros;
pub use engine::{Engine, RENDER_STACK, Rendered};
pub use error::{MacroCall, RenderError};
pub use library::{InternalMacros, MacroDefinition, MacroLibrary, MacroNamespace, UnknownPackage, definition_of};
pub use parser::parse_template;
pub use runtime::{EmptyScope, Phase, Scope};
pub use unit::Unit;
