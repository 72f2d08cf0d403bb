//! See `tracelight_decoders::epcis_xml`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tracelight_decoders::epcis_xml::check(bytes));
