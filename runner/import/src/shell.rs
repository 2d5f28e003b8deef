//! What a shell would understand of a recipe line: words, commands, loops and conditions; none of it is run.

mod lexer;
mod parser;
mod quotes;
mod tree;
mod word;

pub(crate) use parser::parse;
pub(crate) use tree::{Arm, Item, Next, Node, Redirect, Simple};
pub(crate) use word::{Part, Word};
