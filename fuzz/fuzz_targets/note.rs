//! See `tracelight_decoders::note`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::note::check(bytes));
