//! See `tracelight_decoders::transaction`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::transaction::check(bytes));
