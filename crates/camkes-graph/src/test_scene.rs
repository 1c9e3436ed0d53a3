//! Scenes for unit tests.

use crate::scene::{Link, LinkKind, Node, NodeKind, Port, Row, Scene};

/// `count` boxes named `n0`, `n1`, ... with one row for each link.
pub(crate) fn scene(count: usize, edges: &[(usize, usize)]) -> Scene {
    let mut nodes: Vec<Node> = (0..count)
        .map(|index| Node {
            name: format!("n{index}"),
            subtitle: "Type".to_owned(),
            kind: NodeKind::Server,
            rows: Vec::new(),
            facts: Vec::new(),
            hover: String::new(),
        })
        .collect();
    let mut port = |node: usize, name: String| {
        nodes[node].rows.push(Row { name, ..Row::default() });
        Port { node, row: nodes[node].rows.len() - 1 }
    };
    let links = edges
        .iter()
        .enumerate()
        .map(|(index, &(from, to))| Link {
            from: port(from, format!("from{index}")),
            to: port(to, format!("to{index}")),
            kind: LinkKind::ALL[index % LinkKind::ALL.len()],
            name: format!("link{index}"),
            hover: format!("hover{index}"),
        })
        .collect();
    Scene { title: "test".to_owned(), nodes, links }
}
