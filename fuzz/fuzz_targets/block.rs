//! See `tracelight_decoders::block`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::block::check(bytes));
