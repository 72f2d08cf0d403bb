//! See `tracelight_decoders::rest`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::rest::check(bytes));
