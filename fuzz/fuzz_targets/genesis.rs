//! See `tracelight_decoders::genesis`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::genesis::check(bytes));
