//! See `tracelight_decoders::page_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::page_token::check(bytes));
