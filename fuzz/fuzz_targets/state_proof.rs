//! See `tracelight_decoders::state_proof`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::state_proof::check(bytes));
