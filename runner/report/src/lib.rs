//! Events to terminal, plain text and JSON lines.
