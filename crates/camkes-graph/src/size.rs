//! How big boxes are: text widths are estimated, since no font is at hand.

use crate::scene::Node;

/// Height of a box's heading.
pub(crate) const HEAD: i32 = 40;
/// Height of a row.
pub(crate) const ROW: i32 = 19;
/// Height of a fact.
pub(crate) const FACT: i32 = 16;
/// Room below the last row, and below the last fact.
pub(crate) const FOOT: i32 = 6;
/// Room at both sides of the text.
pub(crate) const SIDE: i32 = 12;
/// Narrowest and widest box.
const WIDTH: (i32, i32) = (130, 380);

pub(crate) fn to_i32(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Estimated width of a text, in pixels. The widths are those of a wide sans-serif font, since a
/// viewer may not have the narrow one: then a little room is left over, but nothing overlaps.
pub(crate) fn text(text: &str, font_size: i32) -> i32 {
    let thousandths: i32 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '\'' => 290,
            '.' | ',' | ':' | ';' | '|' | '!' | ' ' => 340,
            'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' => 410,
            's' | 'c' | 'k' | 'v' | 'x' | 'y' | 'z' | '_' => 570,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 970,
            'A'..='Z' => 730,
            _ if c.is_ascii() => 640,
            _ => 850,
        })
        .sum();
    thousandths * font_size / 1000
}

/// Estimated width of a bold text, in pixels.
pub(crate) fn bold(bold: &str, font_size: i32) -> i32 {
    text(bold, font_size) * 9 / 8 + 1
}

/// Cuts a text so that it takes up at most `width` pixels.
pub(crate) fn fit(full: &str, font_size: i32, width: i32) -> String {
    if text(full, font_size) <= width {
        return full.to_owned();
    }
    let mut short = String::new();
    for c in full.chars() {
        short.push(c);
        if text(&short, font_size) + font_size > width {
            short.pop();
            break;
        }
    }
    short.push('…');
    short
}

pub(crate) fn node_height(node: &Node) -> i32 {
    let mut height = HEAD;
    if !node.rows.is_empty() {
        height += to_i32(node.rows.len()) * ROW + FOOT;
    }
    if !node.facts.is_empty() {
        height += to_i32(node.facts.len()) * FACT + FOOT;
    }
    height
}

pub(crate) fn node_width(node: &Node) -> i32 {
    let heading = bold(&node.name, 15).max(text(&node.subtitle, 11));
    let rows = node
        .rows
        .iter()
        .map(|row| text(&row.name, 12) + text(&row.detail, 10) + text(&row.note, 10) + 18);
    let facts = node.facts.iter().map(|fact| text(&fact.value, 10) + 52);
    let widest = rows.chain(facts).chain([heading]).max().unwrap_or(0);
    (widest + 2 * SIDE).clamp(WIDTH.0, WIDTH.1)
}

/// Distance from the top of a box to the middle of its row number `place`.
pub(crate) fn row_center(place: usize) -> i32 {
    HEAD + to_i32(place) * ROW + ROW / 2 + 1
}

#[cfg(test)]
mod tests {
    use super::{fit, text};

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(fit("short", 12, 100), "short");
        let cut = fit("a text that is far too long", 12, 60);
        assert!(cut.ends_with('…') && text(&cut, 12) <= 60, "{cut}");
    }
}
