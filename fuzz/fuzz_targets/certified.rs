//! See `tracelight_decoders::certified`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::certified::check(bytes));
