//! The picture for Graphviz.

use std::fmt::Write;

use crate::scene::Scene;
use crate::style;

/// Writes a scene in the DOT language. Boxes are HTML-like tables with a port for each row.
#[must_use]
pub fn dot(scene: &Scene) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = write(scene, &mut out);
    out
}

fn write(scene: &Scene, out: &mut String) -> std::fmt::Result {
    writeln!(out, "digraph \"{}\" {{", quote(&scene.title))?;
    writeln!(out, "  rankdir=LR; fontname=\"Helvetica\";")?;
    writeln!(out, "  node [shape=plain, fontname=\"Helvetica\"];")?;
    for (index, node) in scene.nodes.iter().enumerate() {
        let style = style::node(node.kind);
        writeln!(out, "  n{index} [tooltip=\"{}\", label=<", quote(&node.hover))?;
        writeln!(
            out,
            "    <TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" COLOR=\"{}\">",
            style.border
        )?;
        writeln!(
            out,
            "      <TR><TD BGCOLOR=\"{}\"><FONT COLOR=\"{}\"><B>{}</B><BR/>{}</FONT></TD></TR>",
            style.head,
            style.head_text,
            html(&node.name),
            html(&node.subtitle)
        )?;
        for (row_index, row) in node.rows.iter().enumerate() {
            let text = [&row.name, &row.detail, &row.note];
            let text: Vec<String> =
                text.iter().filter(|t| !t.is_empty()).map(|t| html(t)).collect();
            writeln!(
                out,
                "      <TR><TD PORT=\"r{row_index}\" ALIGN=\"LEFT\">{}</TD></TR>",
                text.join(" ")
            )?;
        }
        for fact in &node.facts {
            writeln!(
                out,
                "      <TR><TD ALIGN=\"LEFT\">{} {}</TD></TR>",
                html(&fact.label),
                html(&fact.value)
            )?;
        }
        writeln!(out, "    </TABLE>>];")?;
    }
    for link in scene.links.iter().filter(|link| link.from.node != link.to.node) {
        let style = style::line(link.kind);
        let dashes = if style.dash.is_empty() { "solid" } else { "dashed" };
        writeln!(
            out,
            "  n{}:r{} -> n{}:r{} [color=\"{}\", penwidth={}, style={dashes}, edgetooltip=\"{}\"];",
            link.from.node,
            link.from.row,
            link.to.node,
            link.to.row,
            style.colour,
            style.width,
            quote(&link.hover)
        )?;
    }
    writeln!(out, "}}")
}

fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::dot;
    use crate::test_scene::scene;

    #[test]
    fn links_run_between_ports() {
        let mut scene = scene(2, &[(0, 1)]);
        scene.nodes[0].name = "a<b>".to_owned();
        scene.links[0].hover = "say \"hi\"".to_owned();
        let text = dot(&scene);
        assert!(text.contains("n0:r0 -> n1:r0 [color"), "{text}");
        assert!(text.contains("<B>a&lt;b&gt;</B>"), "{text}");
        assert!(text.contains("edgetooltip=\"say \\\"hi\\\"\""), "{text}");
    }
}
