//! Photos that strangers send, made into pictures that can be kept: bytes in, a JPEG of our own out.
//!
//! ```text
//! sniff      by magic bytes: JPEG, PNG, WebP; HEIC and AVIF are refused by name; whatever the sender calls the file is not read
//! measure    the header's width and height, before a pixel is decoded: at most SIDE_MAX a side, PIXELS_MAX in all
//! decode     within DECODED_BYTES_MAX
//! upright    turned as its EXIF says, because the EXIF is about to go
//! shrink     to at most KEPT_SIDE_MAX a side, keeping its proportions; never enlarged; transparency becomes white
//! write      as JPEG of 8 bits, at the first quality of QUALITIES whose file has at most KEPT_BYTES_MAX
//! ```
//! Nothing of the file that was sent survives but its pixels: no EXIF, GPS, thumbnail, colour profile, comment or trailer.
//!
//! **Invariant:** pure. The same bytes give the same bytes: no clock, no randomness, no I/O. It never panics on strangers'
//! bytes; it takes time in proportion to the pixels, so callers run it off their event loop, few at once: at the bounds one
//! call holds up to 450 MB (a progressive JPEG keeps all its coefficients until its last scan).

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, Limits, RgbImage};
use std::io::Cursor;
use thiserror::Error;

/// Photos of one report.
pub const COUNT_MAX: usize = 5;
/// Bytes of one photo as it is sent. Phones' photos have 2 to 6 million.
pub const SENT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Width or height of a photo as it is sent.
pub const SIDE_MAX: u32 = 16_000;
/// Pixels of a photo as it is sent: 50 megapixels is what phones make at their largest common setting.
pub const PIXELS_MAX: u64 = 51_000_000;
/// Bytes of a decoded photo: [`PIXELS_MAX`] with four bytes each.
pub const DECODED_BYTES_MAX: u64 = 4 * PIXELS_MAX;
/// Width or height of a photo as it is kept. Print of 1 mm is read on a photo of a whole pack at this size.
pub const KEPT_SIDE_MAX: u32 = 1_600;
/// Bytes of a photo as it is kept. Five of them are below MariaDB's smallest usual packet of 16 MB.
pub const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// Qualities that are tried, the best first. Noise of 1,600 by 1,600 pixels fits at the last.
const QUALITIES: [u8; 5] = [82, 70, 50, 25, 8];

/// What a file is by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Jpeg,
    Png,
    WebP,
}

/// Why a photo is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PhotoError {
    /// More bytes than [`SENT_BYTES_MAX`].
    #[error("the file has more than {} MB", SENT_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    /// A HEIC or AVIF file.
    #[error("the file is HEIC or AVIF; JPEG, PNG and WebP are taken")]
    Heic,
    /// Neither of the formats.
    #[error("the file is no JPEG, PNG or WebP picture")]
    NotAPicture,
    /// More pixels than [`PIXELS_MAX`], or a side longer than [`SIDE_MAX`].
    #[error("the picture has more than {} million pixels", PIXELS_MAX / 1_000_000)]
    TooManyPixels,
    /// It begins as a picture and cannot be decoded.
    #[error("the picture is damaged")]
    Damaged,
}

/// A picture that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The JPEG file, at most [`KEPT_BYTES_MAX`] bytes.
    pub jpeg: Vec<u8>,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// Makes a picture of our own out of what was sent.
///
/// # Errors
/// [`PhotoError`].
pub fn take(sent: &[u8]) -> Result<Kept, PhotoError> {
    if sent.len() > SENT_BYTES_MAX {
        return Err(PhotoError::TooLarge);
    }
    let format = sniff(sent)?;
    let damaged = |_| PhotoError::Damaged;
    let picture = match format {
        Format::Jpeg => decode(JpegDecoder::new(Cursor::new(sent)).map_err(damaged)?),
        Format::Png => decode(PngDecoder::with_limits(Cursor::new(sent), limits()).map_err(damaged)?),
        Format::WebP => decode(WebPDecoder::new(Cursor::new(sent)).map_err(damaged)?),
    }?;
    write(&opaque(&shrunk(picture)))
}

/// What the file is; its name and what the sender says of it are no evidence.
fn sniff(sent: &[u8]) -> Result<Format, PhotoError> {
    let brand = |at: usize| sent.get(at..at + 4);
    if sent.starts_with(&[0xff, 0xd8, 0xff]) {
        Ok(Format::Jpeg)
    } else if sent.starts_with(b"\x89PNG\r\n\x1a\n") {
        Ok(Format::Png)
    } else if sent.starts_with(b"RIFF") && brand(8) == Some(b"WEBP") {
        Ok(Format::WebP)
    } else if brand(4) == Some(b"ftyp") && brand(8).is_some_and(is_heif) {
        Err(PhotoError::Heic)
    } else {
        Err(PhotoError::NotAPicture)
    }
}

/// Brands of ISO 23008-12 (HEIF) and of AVIF; a film begins in the same way and has other brands.
fn is_heif(brand: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 10] =
        [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"];
    BRANDS.iter().any(|known| brand == *known)
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    limits
}

fn decode(mut decoder: impl ImageDecoder) -> Result<DynamicImage, PhotoError> {
    let (width, height) = decoder.dimensions();
    let too_many = u64::from(width) * u64::from(height) > PIXELS_MAX || width.max(height) > SIDE_MAX;
    if too_many || decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(PhotoError::TooManyPixels);
    }
    decoder.set_limits(limits()).map_err(|_| PhotoError::TooManyPixels)?;
    // An EXIF that cannot be read turns nothing.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| PhotoError::Damaged)?;
    // Turned last, when there is less of it to turn: the longest side is the same.
    picture = shrunk(picture);
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn shrunk(picture: DynamicImage) -> DynamicImage {
    if picture.width().max(picture.height()) <= KEPT_SIDE_MAX {
        return picture;
    }
    picture.thumbnail(KEPT_SIDE_MAX, KEPT_SIDE_MAX)
}

/// JPEG knows no transparency: what is behind it is white, as paper.
fn opaque(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let seen = picture.to_rgba8();
    RgbImage::from_fn(seen.width(), seen.height(), |x, y| {
        let [red, green, blue, alpha] = seen.get_pixel(x, y).0;
        let over_white = |value: u8| {
            let mixed = (u16::from(value) * u16::from(alpha) + 255 * (255 - u16::from(alpha)) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        image::Rgb([over_white(red), over_white(green), over_white(blue)])
    })
}

fn write(picture: &RgbImage) -> Result<Kept, PhotoError> {
    for quality in QUALITIES {
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(picture).map_err(|_| PhotoError::Damaged)?;
        if jpeg.len() <= KEPT_BYTES_MAX {
            return Ok(Kept { jpeg, width: picture.width(), height: picture.height() });
        }
    }
    Err(PhotoError::TooLarge)
}

#[cfg(test)]
mod tests;
