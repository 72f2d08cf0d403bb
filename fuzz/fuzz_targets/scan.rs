//! See `tracelight_decoders::scan`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::scan::check(bytes));
