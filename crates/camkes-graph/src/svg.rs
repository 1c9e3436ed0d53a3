//! The picture as SVG: plain elements, no scripts, no fonts, hover texts in `<title>`.

use std::fmt::Write;

use crate::drawing::{Drawing, Line, Placed};
use crate::scene::{LinkKind, Node, Scene};
use crate::size::{self, FACT, FOOT, HEAD, ROW, SIDE};
use crate::style;

const MARGIN: i32 = 28;
const TITLE: i32 = 40;
const LEGEND: i32 = 66;
/// Room for the sample of a legend's entry, and between entries.
const SAMPLE: i32 = 36;
const LEGEND_GAP: i32 = 28;

/// Writes a laid-out scene as a complete SVG document.
#[must_use]
pub fn svg(scene: &Scene, drawing: &Drawing) -> String {
    let mut out = String::new();
    let legend = Legend::new(scene);
    let width = (drawing.width.max(legend.width()) + 2 * MARGIN)
        .max(size::bold(&scene.title, 20) + 2 * MARGIN);
    let height = TITLE + drawing.height + LEGEND + 2 * MARGIN;
    line(
        &mut out,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"Helvetica, Arial, sans-serif\">"
        ),
    );
    line(&mut out, format_args!("<title>{}</title>", escape(&scene.title)));
    line(
        &mut out,
        format_args!(
            "<style>.link:hover {{ stroke-width: 5 }} .row:hover .back {{ fill: #fff3c4 }}</style>"
        ),
    );
    line(&mut out, format_args!("<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>"));
    arrowheads(&mut out, &legend);
    line(
        &mut out,
        format_args!(
            "<text x=\"{MARGIN}\" y=\"{}\" font-size=\"20\" font-weight=\"bold\" fill=\"#1b2733\">{}</text>",
            MARGIN + 10,
            escape(&scene.title)
        ),
    );

    let left = MARGIN + (width - 2 * MARGIN - drawing.width) / 2;
    line(&mut out, format_args!("<g transform=\"translate({left} {})\">", MARGIN + TITLE));
    for (link, points) in scene.links.iter().zip(&drawing.lines) {
        if points.is_empty() {
            continue;
        }
        let style = style::line(link.kind);
        line(
            &mut out,
            format_args!(
                "<path class=\"link\" d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{} \
             marker-end=\"url(#arrow{})\"><title>{}</title></path>",
                path(points),
                style.colour,
                style.width,
                dash(style.dash),
                number(link.kind),
                escape(&link.hover)
            ),
        );
    }
    for (node, place) in scene.nodes.iter().zip(&drawing.nodes) {
        draw_node(&mut out, node, place);
    }
    line(&mut out, format_args!("</g>"));
    legend.draw(&mut out, MARGIN, height - LEGEND);
    line(&mut out, format_args!("</svg>"));
    out
}

/// Writing to a string can't fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn number(kind: LinkKind) -> usize {
    LinkKind::ALL.iter().position(|&k| k == kind).unwrap_or(0)
}

fn dash(pattern: &str) -> String {
    if pattern.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{pattern}\"") }
}

fn arrowheads(out: &mut String, legend: &Legend) {
    line(out, format_args!("<defs>"));
    for &kind in &legend.links {
        line(
            out,
            format_args!(
                "<marker id=\"arrow{}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"{}\"/></marker>",
                number(kind),
                style::line(kind).colour
            ),
        );
    }
    line(out, format_args!("</defs>"));
}

/// A curve that is horizontal at every point.
fn path(points: &Line) -> String {
    let mut text = String::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        let Some(&(from_x, from_y)) = index.checked_sub(1).and_then(|i| points.get(i)) else {
            let _ = write!(text, "M{x} {y}");
            continue;
        };
        if from_y == y {
            let _ = write!(text, "L{x} {y}");
        } else {
            let middle = i32::midpoint(from_x, x);
            let _ = write!(text, "C{middle} {from_y} {middle} {y} {x} {y}");
        }
    }
    text
}

fn draw_node(out: &mut String, node: &Node, place: &Placed) {
    let style = style::node(node.kind);
    let Placed { x, y, width, height, .. } = *place;
    line(out, format_args!("<g class=\"node\" transform=\"translate({x} {y})\">"));
    line(
        out,
        format_args!(
            "<rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"#ffffff\" stroke=\"{0}\" stroke-width=\"1.5\"/>",
            style.border
        ),
    );
    let shape = if node.rows.is_empty() && node.facts.is_empty() {
        format!("<rect width=\"{width}\" height=\"{HEAD}\" rx=\"6\"")
    } else {
        let (right, low) = (width - 6, HEAD);
        format!("<path d=\"M0 {low}V6Q0 0 6 0H{right}Q{width} 0 {width} 6V{low}z\"")
    };
    line(
        out,
        format_args!(
            "<g>{shape} fill=\"{}\" stroke=\"{}\" stroke-width=\"1.5\"/><title>{}</title>",
            style.head,
            style.border,
            escape(&node.hover)
        ),
    );
    let inner = width - 2 * SIDE;
    line(
        out,
        format_args!(
            "<text x=\"{SIDE}\" y=\"18\" font-size=\"15\" font-weight=\"bold\" fill=\"{0}\">{1}</text>\
         <text x=\"{SIDE}\" y=\"33\" font-size=\"11\" fill=\"{0}\">{2}</text></g>",
            style.head_text,
            escape(&size::fit(&node.name, 15, inner * 8 / 9)),
            escape(&size::fit(&node.subtitle, 11, inner))
        ),
    );
    for (slot, &row) in place.rows.iter().enumerate() {
        draw_row(out, node, row, slot, width);
    }
    let mut top = HEAD;
    if !node.rows.is_empty() {
        top += size::to_i32(node.rows.len()) * ROW + FOOT;
        if !node.facts.is_empty() {
            line(
                out,
                format_args!(
                    "<path d=\"M0 {top}H{width}\" stroke=\"{}\" stroke-opacity=\"0.5\"/>",
                    style.border
                ),
            );
        }
    }
    for (index, fact) in node.facts.iter().enumerate() {
        let baseline = top + size::to_i32(index) * FACT + 14;
        line(
            out,
            format_args!(
                "<g class=\"row\"><text x=\"{SIDE}\" y=\"{baseline}\" font-size=\"10\" fill=\"#8a6d1d\">{}</text>\
             <text x=\"{}\" y=\"{baseline}\" font-size=\"10\" fill=\"#333333\">{}</text><title>{}</title></g>",
                escape(&fact.label),
                SIDE + 48,
                escape(&size::fit(&fact.value, 10, width - 2 * SIDE - 44)),
                escape(&fact.hover)
            ),
        );
    }
    line(out, format_args!("</g>"));
}

fn draw_row(out: &mut String, node: &Node, row: usize, slot: usize, width: i32) {
    let Some(row) = node.rows.get(row) else {
        return;
    };
    let middle = size::row_center(slot);
    let (baseline, top) = (middle + 4, middle - ROW / 2);
    let opacity = if row.unconnected { " opacity=\"0.45\"" } else { "" };
    let inner = width - 2 * SIDE;
    let note_width = size::text(&row.note, 10);
    let name = size::fit(&row.name, 12, inner - note_width);
    let detail_at = SIDE + size::text(&name, 12) + 8;
    let detail = size::fit(&row.detail, 10, (width - SIDE - note_width - 6 - detail_at).max(0));
    line(
        out,
        format_args!(
            "<g class=\"row\"{opacity}><rect class=\"back\" x=\"1\" y=\"{top}\" width=\"{}\" height=\"{ROW}\" fill=\"#ffffff\"/>\
         <text x=\"{SIDE}\" y=\"{baseline}\" font-size=\"12\" fill=\"#1b2733\">{}</text>\
         <text x=\"{detail_at}\" y=\"{baseline}\" font-size=\"10\" fill=\"#74808c\">{}</text>\
         <text x=\"{}\" y=\"{baseline}\" font-size=\"10\" text-anchor=\"end\" fill=\"#00694d\">{}</text>\
         <title>{}</title></g>",
            width - 2,
            escape(&name),
            escape(&detail),
            width - SIDE,
            escape(&row.note),
            escape(&row.hover)
        ),
    );
}

/// The kinds that the picture has, so that the legend explains nothing that isn't there.
struct Legend {
    links: Vec<LinkKind>,
    nodes: Vec<crate::scene::NodeKind>,
}

impl Legend {
    fn new(scene: &Scene) -> Self {
        let links = LinkKind::ALL
            .into_iter()
            .filter(|&kind| scene.links.iter().any(|link| link.kind == kind))
            .collect();
        let nodes = style::NODE_KINDS
            .into_iter()
            .filter(|&kind| scene.nodes.iter().any(|node| node.kind == kind))
            .collect();
        Self { links, nodes }
    }

    fn width(&self) -> i32 {
        let nodes = self.nodes.iter().map(|&kind| style::node(kind).label);
        let links = self.links.iter().map(|kind| kind.label());
        let row = |entries: Vec<&str>| entries.into_iter().map(entry_width).sum::<i32>();
        row(nodes.collect()).max(row(links.collect()))
    }

    fn draw(&self, out: &mut String, left: i32, top: i32) {
        line(
            out,
            format_args!(
                "<g transform=\"translate({left} {top})\" font-size=\"12\" fill=\"#1b2733\">"
            ),
        );
        let mut x = 0;
        for &kind in &self.nodes {
            let style = style::node(kind);
            line(
                out,
                format_args!(
                    "<rect x=\"{x}\" y=\"4\" width=\"28\" height=\"14\" rx=\"3\" fill=\"{}\" stroke=\"{}\"/>\
                 <text x=\"{}\" y=\"15\">{}</text>",
                    style.head,
                    style.border,
                    x + SAMPLE,
                    style.label
                ),
            );
            x += entry_width(style.label);
        }
        x = 0;
        for &kind in &self.links {
            let style = style::line(kind);
            line(
                out,
                format_args!(
                    "<path d=\"M{x} 36H{}\" stroke=\"{}\" stroke-width=\"{}\"{} marker-end=\"url(#arrow{})\"/>\
                 <text x=\"{}\" y=\"40\">{}</text>",
                    x + 30,
                    style.colour,
                    style.width,
                    dash(style.dash),
                    number(kind),
                    x + SAMPLE,
                    kind.label()
                ),
            );
            x += entry_width(kind.label());
        }
        line(out, format_args!("</g>"));
    }
}

fn entry_width(label: &str) -> i32 {
    SAMPLE + size::text(label, 12) + LEGEND_GAP
}

/// Escapes text for element content and attribute values. XML 1.0 has no way to write most
/// control characters: they become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::svg;
    use crate::drawing::Drawing;
    use crate::test_scene::scene;

    #[test]
    fn names_are_escaped() {
        let mut scene = scene(1, &[]);
        scene.title = "a < b & \"c\"\u{1}".to_owned();
        let text = svg(&scene, &Drawing::new(&scene));
        assert!(text.contains("<title>a &lt; b &amp; &quot;c&quot; </title>"), "{text}");
    }

    #[test]
    fn links_and_boxes_have_hover_texts() {
        let mut scene = scene(2, &[(0, 1)]);
        scene.nodes[1].hover = "heap_size = 4096".to_owned();
        let text = svg(&scene, &Drawing::new(&scene));
        assert!(text.contains("<title>hover0</title></path>"), "{text}");
        assert!(text.contains("<title>heap_size = 4096</title>"), "{text}");
    }

    #[test]
    fn the_legend_names_the_kinds_that_occur() {
        let scene = scene(2, &[(0, 1)]);
        let text = svg(&scene, &Drawing::new(&scene));
        assert!(text.contains(">procedure call</text>"));
        assert!(!text.contains("virtqueues"));
    }
}
