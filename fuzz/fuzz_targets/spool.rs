//! See `tracelight_decoders::spool`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::spool::check(bytes));
