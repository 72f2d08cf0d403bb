//! See `tracelight_decoders::follow`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::follow::check(bytes));
