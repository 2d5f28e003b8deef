//! Infrafile.toml: text to model, every value with its place.
