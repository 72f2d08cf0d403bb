//! A page as bytes: drawn once, and sent to one reader or to many. Each encoding is made when the first reader takes it.

use crate::http::Encoding;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode};
use std::io::Write as _;
use std::sync::OnceLock;
use tracelight_domain::verdict::Verdict;
use tracelight_web_ui::scan::content_security_policy;

/// Of brotli. At 4 a page of 18 kB is half a kilobyte shorter, 10 ms on a slow phone's line, and takes this server more than twice as
/// long.
const BROTLI_QUALITY: u32 = 2;
/// Of brotli, as a power of two: no page is longer than 64 kB.
const BROTLI_WINDOW: u32 = 16;
/// Bytes that brotli writes at a time.
const BROTLI_BUFFER: usize = 4096;

/// A page.
#[derive(Debug)]
pub struct Drawn {
    /// Of the answer.
    pub status: StatusCode,
    /// What it says of a pack.
    pub verdict: Verdict,
    /// Its `Content-Security-Policy`.
    pub policy: HeaderValue,
    html: Bytes,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Drawn {
    /// Of a whole document.
    #[must_use]
    pub fn new(status: StatusCode, verdict: Verdict, html: String) -> Self {
        let policy = policy(&html);
        Self { status, verdict, policy, html: html.into(), brotli: OnceLock::new(), gzip: OnceLock::new() }
    }

    /// Its bytes in this encoding, or as they are when they cannot be packed, and the one that they are in.
    #[must_use]
    pub fn body(&self, encoding: Encoding) -> (Bytes, Encoding) {
        let packed = match encoding {
            Encoding::Brotli => self.brotli.get_or_init(|| brotli(&self.html)),
            Encoding::Gzip => self.gzip.get_or_init(|| gzip(&self.html)),
            Encoding::Plain => &None,
        };
        packed.clone().map_or_else(|| (self.html.clone(), Encoding::Plain), |bytes| (bytes, encoding))
    }
}

/// The content policy of a document, as a header.
#[must_use]
pub fn policy(html: &str) -> HeaderValue {
    // Words of ours and base64: a value of a header.
    HeaderValue::try_from(content_security_policy(html)).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn brotli(html: &[u8]) -> Option<Bytes> {
    let mut packed = brotli::CompressorWriter::new(Vec::new(), BROTLI_BUFFER, BROTLI_QUALITY, BROTLI_WINDOW);
    packed.write_all(html).ok()?;
    Some(packed.into_inner().into())
}

fn gzip(html: &[u8]) -> Option<Bytes> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(html).ok()?;
    packed.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_page_is_the_same_in_every_encoding() {
        let html = "<!DOCTYPE html><style>b{c:d}</style><p>青霉素 </p>".repeat(300);
        let page = Drawn::new(StatusCode::OK, Verdict::FirstCheck, html.clone());
        let (plain, of) = page.body(Encoding::Plain);
        assert_eq!((plain.as_ref(), of), (html.as_bytes(), Encoding::Plain));
        let (packed, of) = page.body(Encoding::best("br, gzip"));
        let mut read = String::new();
        brotli::Decompressor::new(packed.as_ref(), BROTLI_BUFFER).read_to_string(&mut read).expect("brotli");
        assert_eq!((read == html, of, packed.len() * 20 < html.len()), (true, Encoding::Brotli, true));
        let (packed, of) = page.body(Encoding::best("gzip"));
        let mut read = String::new();
        flate2::read::GzDecoder::new(packed.as_ref()).read_to_string(&mut read).expect("gzip");
        assert_eq!((read == html, of), (true, Encoding::Gzip));
    }
}
