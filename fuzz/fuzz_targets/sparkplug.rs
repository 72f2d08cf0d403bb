//! See `tracelight_decoders::sparkplug`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::sparkplug::check(bytes));
