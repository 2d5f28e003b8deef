//! What the documentation says is what the binary does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a page that cannot be read fails its test")]

mod book;
mod command_line;
mod events;
mod first_steps;
mod infrafiles;
mod links;
mod page;
mod security;
