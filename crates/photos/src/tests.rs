use super::*;
use image::{ExtendedColorType, ImageEncoder as _, Rgb};
use proptest::prelude::*;

/// Left half red, right half blue; noise in the lowest bits, so that it is no trivial file.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let noise = u8::try_from((x * 7 + y * 13) % 8).expect("small");
        if x < width / 2 { Rgb([220 + noise, 10, 10]) } else { Rgb([10, 10, 220 + noise]) }
    })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(picture).expect("a JPEG");
    bytes
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let color: ExtendedColorType = picture.color().into();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.write_image(picture.as_bytes(), picture.width(), picture.height(), color).expect("a PNG");
    bytes
}

/// An EXIF of a phone: orientation 6 (turn right), maker `ACME`, GPS 39.9087 N (39 deg 54' 31.32") with its text.
fn exif() -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        let mut entry = tag.to_be_bytes().to_vec();
        entry.extend(kind.to_be_bytes());
        entry.extend(count.to_be_bytes());
        entry.extend(value);
        entry
    };
    // IFD0: make, orientation, pointer to the GPS IFD at 8 + 2 + 36 + 4 = 50.
    tiff.extend(3u16.to_be_bytes());
    tiff.extend(entry(0x010f, 2, 4, *b"ACME"));
    tiff.extend(entry(0x0112, 3, 1, [0, 6, 0, 0]));
    tiff.extend(entry(0x8825, 4, 1, 50u32.to_be_bytes()));
    tiff.extend(0u32.to_be_bytes());
    // GPS IFD: latitude reference and latitude, whose three rationals stand behind it, at 50 + 2 + 24 + 4 = 80.
    tiff.extend(2u16.to_be_bytes());
    tiff.extend(entry(0x0001, 2, 2, *b"N\0\0\0"));
    tiff.extend(entry(0x0002, 5, 3, 80u32.to_be_bytes()));
    tiff.extend(0u32.to_be_bytes());
    for (numerator, denominator) in [(39u32, 1u32), (54, 1), (3132, 100)] {
        tiff.extend(numerator.to_be_bytes());
        tiff.extend(denominator.to_be_bytes());
    }
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend(tiff);
    segment
}

/// A JPEG with segments behind its first marker: APP1 with EXIF, a comment; and a trailer behind its end.
fn phone_photo(picture: &RgbImage) -> Vec<u8> {
    let plain = jpeg(picture);
    let mut bytes = plain[..2].to_vec();
    for (marker, body) in [(0xe1u8, exif()), (0xfe, b"shot by Zhang Wei".to_vec())] {
        bytes.extend([0xff, marker]);
        bytes.extend(u16::try_from(body.len() + 2).expect("short").to_be_bytes());
        bytes.extend(body);
    }
    bytes.extend(&plain[2..]);
    bytes.extend(b"MOTION PHOTO 39.9087,116.3975");
    bytes
}

/// Markers of the segments before the first scan.
fn segments(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut found) = (2, Vec::new());
    while let [0xff, marker, high, low] = jpeg[at..at + 4] {
        found.push(marker);
        if marker == 0xda {
            break;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    found
}

#[test]
fn c13_a_phone_s_photo_loses_place_maker_comment_and_trailer_and_stands_upright() {
    let sent = phone_photo(&picture(400, 200));
    let before = JpegDecoder::new(Cursor::new(&sent)).and_then(|mut decoder| decoder.exif_metadata());
    let before = before.expect("it decodes").expect("the photo that is sent has an EXIF");
    assert!(before.windows(4).any(|four| four == b"ACME"));

    let kept = take(&sent).expect("a good photo");
    assert_eq!((kept.width, kept.height), (200, 400), "turned as its EXIF said");
    // JFIF, quantisation and Huffman tables, frame, scan: no APP1..APP15, no comment.
    let markers = segments(&kept.jpeg);
    assert!(markers.iter().all(|marker| [0xe0, 0xdb, 0xc0, 0xc4, 0xda].contains(marker)), "{markers:02x?}");
    let after = JpegDecoder::new(Cursor::new(&kept.jpeg)).and_then(|mut decoder| decoder.exif_metadata());
    assert_eq!(after.expect("it decodes"), None);
    for secret in [&b"Exif"[..], b"ACME", b"Zhang", b"MOTION", b"116.3975"] {
        assert!(!kept.jpeg.windows(secret.len()).any(|part| part == secret), "{}", String::from_utf8_lossy(secret));
    }
    assert!(kept.jpeg.ends_with(&[0xff, 0xd9]), "nothing behind the end");
    // Orientation 6 shows what was left at the top.
    let shown = image::load_from_memory(&kept.jpeg).expect("a JPEG").to_rgb8();
    assert!(shown.get_pixel(100, 40).0[0] > 180 && shown.get_pixel(100, 360).0[2] > 180);
}

#[test]
fn c13_large_photos_are_scaled_and_small_ones_are_not() {
    let kept = take(&jpeg(&picture(4_000, 3_000))).expect("12 megapixels");
    assert_eq!((kept.width, kept.height), (1_600, 1_200));
    assert!(kept.jpeg.len() <= KEPT_BYTES_MAX);
    let kept = take(&jpeg(&picture(33, 20))).expect("a small one");
    assert_eq!((kept.width, kept.height), (33, 20));
}

#[test]
fn c13_noise_at_its_worst_still_fits() {
    let mut state = 1u32;
    let noise = RgbImage::from_fn(KEPT_SIDE_MAX, KEPT_SIDE_MAX, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [red, green, blue, _] = state.to_be_bytes();
        Rgb([red, green, blue])
    });
    let sent = jpeg(&noise);
    let kept = take(&sent).expect("it is a picture");
    assert!(kept.jpeg.len() <= KEPT_BYTES_MAX, "{} of {}", kept.jpeg.len(), sent.len());
}

#[test]
fn png_and_webp_are_taken_and_what_was_clear_is_white() {
    let clear = image::RgbaImage::from_pixel(20, 10, image::Rgba([200, 0, 0, 0]));
    let kept = take(&png(&DynamicImage::ImageRgba8(clear.clone()))).expect("a PNG");
    let shown = image::load_from_memory(&kept.jpeg).expect("a JPEG").to_rgb8();
    assert!(shown.pixels().all(|pixel| pixel.0.iter().all(|value| *value > 250)));
    let deep = DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(9, 9, Rgb([65_535, 0, 0])));
    assert_eq!(take(&png(&deep)).expect("16 bits").width, 9);

    let mut webp = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut webp)
        .encode(clear.as_raw(), 20, 10, ExtendedColorType::Rgba8)
        .expect("a WebP");
    assert_eq!(take(&webp).expect("a WebP").height, 10);
}

#[test]
fn what_is_no_picture_is_refused_by_what_it_is() {
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let film = b"\0\0\0\x18ftypisom\0\0\0\0isommp42";
    assert_eq!(take(heic), Err(PhotoError::Heic));
    for other in [&film[..], b"", b"GIF89a......", b"<svg xmlns='x'/>", b"%PDF-1.7", b"BM......", b"MZ"] {
        assert_eq!(take(other), Err(PhotoError::NotAPicture), "{}", String::from_utf8_lossy(other));
    }
    assert_eq!(take(&vec![0xff; SENT_BYTES_MAX + 1]), Err(PhotoError::TooLarge));
    let whole = jpeg(&picture(64, 64));
    assert_eq!(take(&whole[..20]), Err(PhotoError::Damaged));
}

/// A file of a few bytes that says it is a picture of 2 gigapixels is refused by what it says.
#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    let mut bomb = png(&DynamicImage::ImageRgb8(picture(4, 4)));
    // IHDR: width and height stand at 16 and 20, its CRC at 29.
    bomb[16..20].copy_from_slice(&15_000u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&15_000u32.to_be_bytes());
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(take(&bomb), Err(PhotoError::TooManyPixels));
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any damage gives a picture or a reason, never a panic, and what is taken stays within the bounds.
    #[test]
    fn strangers_bytes_never_panic(kind in 0..3usize, at in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12)) {
        let picture = picture(40, 30);
        let mut bytes = match kind {
            0 => phone_photo(&picture),
            1 => png(&DynamicImage::ImageRgb8(picture)),
            _ => {
                let mut webp = Vec::new();
                let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
                encoder.encode(picture.as_raw(), 40, 30, ExtendedColorType::Rgb8).expect("a WebP");
                webp
            }
        };
        for (place, value) in flips {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if at.index(4) == 0 {
            bytes.truncate(at.index(bytes.len()) + 1);
        }
        if let Ok(kept) = take(&bytes) {
            prop_assert!(kept.jpeg.len() <= KEPT_BYTES_MAX && kept.width.max(kept.height) <= KEPT_SIDE_MAX);
        }
    }
}
