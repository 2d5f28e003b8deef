//! The text of a Makefile to the text of an Infrafile. Nothing is read and nothing runs here.
//!
//! Make gives every recipe line to a shell. Here a line becomes what it is: one program becomes `run`, a call of make a call of a
//! task, a question `confirm`, a loop a `matrix`; only what needs a shell stays a script. The way is
//! `reader` (text → rules and variables) → `expand` (make's variables and functions) → `shell` (what a shell would understand)
//! → `action` (what a line is for) → `builder` (tasks) → `document` (TOML).

mod action;
mod action_hint;
mod builder;
mod choices;
mod condition;
mod counts;
mod document;
mod error;
mod expand;
mod file_target;
mod function;
mod grant;
mod guard;
mod import;
mod line;
mod loops;
mod make_call;
mod message;
mod name;
mod params;
mod piece;
mod program;
mod propose;
mod question;
mod reader;
mod recipe;
mod scope;
mod script;
mod shell;
mod source_comment;
mod step_work;
mod steps;
mod toml_text;
mod value_text;
mod variable;
mod word_text;

pub use counts::Counts;
pub use error::ImportError;
pub use import::{Imported, Request, import, included};
pub use propose::{Found, propose};
