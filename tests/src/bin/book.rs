//! Writes the source of the book to `target/book-source`: `cargo build && cargo run -p infra-tests --bin book`, then `mdbook build`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target");
    infra_tests::write_book(&std::env::current_exe()?.with_file_name("infra"), &target.join("book-source"));
    Ok(())
}
