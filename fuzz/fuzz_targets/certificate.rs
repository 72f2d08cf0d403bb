//! See `tracelight_decoders::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::certificate::check(bytes));
