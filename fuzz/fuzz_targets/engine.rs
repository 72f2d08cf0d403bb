//! See `tracelight_decoders::engine`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::engine::check(bytes));
