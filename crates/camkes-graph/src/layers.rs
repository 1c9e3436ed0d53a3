//! Boxes in columns, with links cut into pieces that cross one column boundary each.

use crate::rank;
use crate::scene::{NodeKind, Port, Scene};
use crate::size;

/// Something that takes up room in a column.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The box, or nothing for the place where a long link passes through the column.
    pub node: Option<usize>,
    /// Height in pixels.
    pub height: i32,
}

/// A piece of a link between an item and an item of the next column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// The item on the left and the row of its box.
    pub left: (usize, Option<usize>),
    /// The item on the right and the row of its box.
    pub right: (usize, Option<usize>),
}

/// The columns of a picture.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub items: Vec<Item>,
    /// Column by column, from top to bottom: indices into `items`.
    pub columns: Vec<Vec<usize>>,
    pub segments: Vec<Segment>,
    /// For each link of the scene: the items that it visits from its leftmost to its rightmost,
    /// and whether that is from its `to` end. Empty for links from a box to itself.
    pub paths: Vec<(Vec<usize>, bool)>,
    /// For each box, the order of its rows from top to bottom.
    pub rows: Vec<Vec<usize>>,
    /// For each item, the segments that end at it from the left and start at it to the right.
    pub incoming: Vec<Vec<usize>>,
    pub outgoing: Vec<Vec<usize>>,
}

/// Room that a passing link takes up in a column.
const BEND_HEIGHT: i32 = 10;

impl Layers {
    pub fn new(scene: &Scene) -> Self {
        let hardware = |node: usize| scene.nodes[node].kind == NodeKind::Hardware;
        let edges: Vec<(usize, usize)> = scene
            .links
            .iter()
            .map(|link| (link.from.node, link.to.node))
            // A device stands to the right of its driver, whichever of them speaks first.
            .map(|(from, to)| if hardware(from) { (to, from) } else { (from, to) })
            .collect();
        let column_of = rank::columns(scene.nodes.len(), &edges);
        let count = column_of.iter().max().map_or(0, |last| last + 1);

        let mut layers = Self {
            items: Vec::new(),
            columns: vec![Vec::new(); count],
            segments: Vec::new(),
            paths: Vec::with_capacity(scene.links.len()),
            rows: scene.nodes.iter().map(|node| (0..node.rows.len()).collect()).collect(),
            incoming: Vec::new(),
            outgoing: Vec::new(),
        };
        for (node, &column) in column_of.iter().enumerate() {
            let height = size::node_height(&scene.nodes[node]);
            layers.add(column, Some(node), height);
        }
        for link in &scene.links {
            let turned = column_of[link.from.node] > column_of[link.to.node];
            let (left, right) = if turned { (link.to, link.from) } else { (link.from, link.to) };
            let path = layers.route(left, right, column_of[left.node], column_of[right.node]);
            layers.paths.push((path, turned));
        }
        layers
    }

    fn add(&mut self, column: usize, node: Option<usize>, height: i32) -> usize {
        let item = self.items.len();
        self.items.push(Item { node, height });
        self.incoming.push(Vec::new());
        self.outgoing.push(Vec::new());
        self.columns[column].push(item);
        item
    }

    fn route(&mut self, left: Port, right: Port, first: usize, last: usize) -> Vec<usize> {
        if left.node == right.node {
            return Vec::new();
        }
        // Boxes were added first, in order: an item's index is its box's.
        let mut path = vec![left.node];
        for column in first + 1..last {
            path.push(self.add(column, None, BEND_HEIGHT));
        }
        path.push(right.node);
        for pair in path.windows(2) {
            let segment = self.segments.len();
            self.segments.push(Segment {
                left: (pair[0], (pair[0] == left.node).then_some(left.row)),
                right: (pair[1], (pair[1] == right.node).then_some(right.row)),
            });
            self.outgoing[pair[0]].push(segment);
            self.incoming[pair[1]].push(segment);
        }
        path
    }

    /// Distance in pixels from an item's top to where a segment touches it.
    pub fn offset(&self, item: usize, row: Option<usize>) -> i32 {
        match (self.items[item].node, row) {
            (Some(node), Some(row)) => {
                let place = self.rows[node].iter().position(|&r| r == row);
                size::row_center(place.unwrap_or(0))
            }
            _ => self.items[item].height / 2,
        }
    }
}
