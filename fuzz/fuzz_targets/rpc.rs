//! See `tracelight_decoders::rpc`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::rpc::check(bytes));
