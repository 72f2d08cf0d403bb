//! Printers for tests: they put the dots of a ZPL label or of a preview on paper, without any of the code that wrote them.

use super::Picture;

/// Each command of a ZPL text with its parameters, in order.
pub fn commands(zpl: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for character in zpl.chars() {
        match (character, commands.last_mut()) {
            ('^' | '~', _) => commands.push((character.to_string(), String::new())),
            (_, Some((name, parameters))) => {
                if name.chars().count() < 3 {
                    name.push(character)
                } else {
                    parameters.push(character)
                }
            }
            ('\n', None) => {}
            (other, None) => panic!("`{other}` before the first command"),
        }
    }
    for (_, parameters) in &mut commands {
        *parameters = parameters.trim_end_matches('\n').to_owned();
    }
    commands
}

fn numbers(parameters: &str) -> Vec<usize> {
    parameters.split(',').map(|number| number.parse().expect("a number")).collect()
}

/// Prints the graphics of one label and returns the picture and its texts.
pub fn print_zpl(zpl: &str) -> (Picture, Vec<String>) {
    let (mut width, mut height, mut at) = (0, 0, (0, 0));
    let mut pixels = Vec::new();
    let mut texts = Vec::new();
    for (name, parameters) in commands(zpl) {
        match name.as_str() {
            "^PW" => width = parameters.parse().expect("a width"),
            "^LL" => {
                height = parameters.parse().expect("a length");
                pixels = vec![255u8; width * height];
            }
            "^FO" => at = (numbers(&parameters)[0], numbers(&parameters)[1]),
            "^GB" => {
                let box_of = numbers(&parameters);
                for y in at.1..at.1 + box_of[1] {
                    pixels[y * width + at.0..y * width + at.0 + box_of[0]].fill(0);
                }
            }
            "^GF" => {
                let mut parts = parameters.splitn(5, ',');
                assert_eq!(parts.next(), Some("A"));
                let sizes: Vec<usize> = parts.by_ref().take(3).map(|n| n.parse().expect("a number")).collect();
                let digits = expanded(parts.next().expect("data"), sizes[2] * 2);
                assert_eq!((digits.len(), sizes[0]), (sizes[1] * 2, sizes[1]));
                for (index, digit) in digits.into_iter().enumerate() {
                    let (row, column) = (index / (sizes[2] * 2), index % (sizes[2] * 2) * 4);
                    for bit in (0..4).filter(|bit| digit & (8 >> bit) != 0) {
                        pixels[(at.1 + row) * width + at.0 + column + bit] = 0;
                    }
                }
            }
            "^FD" => texts.push(unescaped(&parameters)),
            "^XA" | "^XZ" | "^CI" | "^LH" | "^A0" | "^A@" | "^FH" | "^FS" | "^PQ" => {}
            other => panic!("this printer does not know {other}"),
        }
    }
    ((width, height, pixels), texts)
}

/// The scheme of `~DG`, read from the guide.
fn expanded(data: &str, row_digits: usize) -> Vec<u32> {
    let mut rows: Vec<Vec<u32>> = Vec::new();
    let (mut row, mut count) = (Vec::new(), 0);
    for character in data.chars() {
        match character {
            'G'..='Y' => count += character as usize - 'G' as usize + 1,
            'g'..='z' => count += (character as usize - 'g' as usize + 1) * 20,
            ',' => row.resize(row_digits, 0),
            ':' => row.clone_from(rows.last().expect("a row before")),
            digit => {
                let digit = digit.to_digit(16).expect("a hexadecimal digit");
                row.extend(std::iter::repeat_n(digit, count.max(1)));
                count = 0;
            }
        }
        assert!(row.len() <= row_digits);
        if row.len() == row_digits {
            rows.push(std::mem::take(&mut row));
        }
    }
    assert!(row.is_empty() && count == 0, "whole rows");
    rows.concat()
}

fn unescaped(data: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = data.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'\\' {
            let digits = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            let text = std::str::from_utf8(&digits).expect("ASCII");
            bytes.push(u8::from_str_radix(text, 16).expect("hexadecimal"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Draws the paths of a preview and returns the picture and its texts.
pub fn print_svg(svg: &str) -> (Picture, Vec<String>) {
    let document = roxmltree::Document::parse(svg).expect("well-formed XML");
    let root = document.root_element();
    let size = |name: &str| root.attribute("viewBox").expect(name).split(' ').map(str::to_owned).collect::<Vec<_>>();
    let view = size("a view box");
    let (width, height): (usize, usize) = (view[2].parse().expect("a number"), view[3].parse().expect("a number"));
    let mut pixels = vec![255u8; width * height];
    let mut texts = Vec::new();
    for node in root.children().filter(roxmltree::Node::is_element) {
        match node.tag_name().name() {
            "rect" => assert_eq!(node.attribute("fill"), Some("#fff")),
            "text" => texts.push(node.text().unwrap_or_default().to_owned()),
            "path" => {
                for part in node.attribute("d").expect("a path").split('z').filter(|part| !part.is_empty()) {
                    let fields: Vec<usize> = part
                        .split(|c: char| !c.is_ascii_digit())
                        .filter(|text| !text.is_empty())
                        .map(|text| text.parse().expect("a number"))
                        .collect();
                    let [left, top, across, down, back] = fields[..] else { panic!("{part}") };
                    assert_eq!(across, back);
                    for y in top..top + down {
                        pixels[y * width + left..y * width + left + across].fill(0);
                    }
                }
            }
            other => panic!("a preview has no {other}"),
        }
    }
    ((width, height, pixels), texts)
}
