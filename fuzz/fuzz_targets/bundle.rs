//! See `tracelight_decoders::bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::bundle::check(bytes));
