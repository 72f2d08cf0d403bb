//! See `tracelight_decoders::snapshot`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::snapshot::check(bytes));
