//! See `tracelight_decoders::checker`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::checker::check(bytes));
