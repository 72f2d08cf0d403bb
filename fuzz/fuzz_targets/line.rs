//! See `tracelight_decoders::line`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::line::check(bytes));
