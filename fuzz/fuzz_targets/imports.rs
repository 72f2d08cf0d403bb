//! See `tracelight_decoders::imports`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::imports::check(bytes));
