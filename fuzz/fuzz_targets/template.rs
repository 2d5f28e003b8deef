#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| infra_parsers::read("template", data));
