//! Reads a printed label sheet with foreign programs: poppler draws the PDF, zxing-cpp reads the codes.

use anyhow::{Context, bail, ensure};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Dots per inch of an ordinary office printer.
const DPI: u32 = 300;

/// Draws every page of a PDF and returns the text of every code on it.
pub fn read_codes(pdf: &Path) -> anyhow::Result<BTreeSet<String>> {
    let scratch = tempfile::tempdir()?;
    let status = Command::new("pdftoppm")
        .args(["-gray", "-r", &DPI.to_string()])
        .arg(pdf)
        .arg(scratch.path().join("page"))
        .status()
        .context("pdftoppm is missing; it comes with poppler-utils")?;
    ensure!(status.success(), "pdftoppm cannot draw {}", pdf.display());
    let mut codes = BTreeSet::new();
    let mut pages: Vec<_> = std::fs::read_dir(scratch.path())?.flatten().map(|entry| entry.path()).collect();
    pages.sort();
    ensure!(!pages.is_empty(), "the sheet has no page");
    for page in pages {
        let image = std::fs::read(&page)?;
        let (width, height, pixels) = grey_map(&image)?;
        let view = zxingcpp::ImageView::from_slice(pixels, width, height, zxingcpp::ImageFormat::Lum)?;
        for code in zxingcpp::read().try_harder(true).from(&view)? {
            codes.insert(code.text());
        }
    }
    Ok(codes)
}

/// A binary PGM: `P5 width height 255`, then one byte a pixel.
fn grey_map(bytes: &[u8]) -> anyhow::Result<(u32, u32, &[u8])> {
    let mut fields = Vec::new();
    let mut rest = bytes;
    while fields.len() < 4 {
        let end = rest.iter().position(u8::is_ascii_whitespace).context("a PGM header that ends early")?;
        let (field, after) = rest.split_at(end);
        fields.push(std::str::from_utf8(field)?);
        rest = &after[1..];
    }
    let [magic, width, height, depth] = fields[..] else { bail!("a PGM has four header fields") };
    ensure!(magic == "P5" && depth == "255", "not an 8-bit grey map");
    Ok((width.parse()?, height.parse()?, rest))
}
