//! A scene whose boxes and links have places.

use crate::layers::Layers;
use crate::order;
use crate::place;
use crate::scene::Scene;
use crate::size;

/// Where a box stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Left edge, in pixels.
    pub x: i32,
    /// Top edge, in pixels.
    pub y: i32,
    /// Width in pixels.
    pub width: i32,
    /// Height in pixels.
    pub height: i32,
    /// The order in which its rows are drawn: indices into [`crate::scene::Node::rows`].
    pub rows: Vec<usize>,
}

/// Where a link runs: points in pixels, from its `from` end to its `to` end. The line leaves and
/// enters each point horizontally.
pub type Line = Vec<(i32, i32)>;

/// The layout of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// For each box of the scene.
    pub nodes: Vec<Placed>,
    /// For each link of the scene. Empty for a link from a box to itself.
    pub lines: Vec<Line>,
    /// Width of everything, in pixels.
    pub width: i32,
    /// Height of everything, in pixels.
    pub height: i32,
}

impl Drawing {
    /// Lays out a scene. Deterministic: only integers, only ordered containers.
    #[must_use]
    pub fn new(scene: &Scene) -> Self {
        let mut layers = Layers::new(scene);
        order::reduce_crossings(&mut layers);
        let places = place::place(&layers, scene);

        let nodes: Vec<Placed> = (0..scene.nodes.len())
            .map(|node| {
                // A box's item has the box's index.
                let column = places.column[node];
                Placed {
                    x: places.x[column],
                    y: places.y[node],
                    width: places.column_width[column],
                    height: layers.items[node].height,
                    rows: layers.rows[node].clone(),
                }
            })
            .collect();

        let lines = scene
            .links
            .iter()
            .zip(&layers.paths)
            .map(|(link, (path, turned))| {
                let (left, right) =
                    if *turned { (link.to, link.from) } else { (link.from, link.to) };
                let mut line = Line::new();
                for (index, &item) in path.iter().enumerate() {
                    let column = places.column[item];
                    let (start, end) =
                        (places.x[column], places.x[column] + places.column_width[column]);
                    if index == 0 {
                        line.push((end, places.y[item] + layers.offset(item, Some(left.row))));
                    } else if index + 1 == path.len() {
                        line.push((start, places.y[item] + layers.offset(item, Some(right.row))));
                    } else {
                        let y = places.y[item] + layers.items[item].height / 2;
                        line.extend([(start, y), (end, y)]);
                    }
                }
                if *turned {
                    line.reverse();
                }
                line
            })
            .collect();

        Self {
            nodes,
            lines,
            width: places.width.max(size::HEAD),
            height: places.height.max(size::HEAD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Drawing;
    use crate::test_scene::scene;

    #[test]
    fn links_end_at_the_boxes_edges() {
        let scene = scene(3, &[(0, 1), (1, 2), (0, 2)]);
        let drawing = Drawing::new(&scene);
        for (link, line) in scene.links.iter().zip(&drawing.lines) {
            let (from, to) = (&drawing.nodes[link.from.node], &drawing.nodes[link.to.node]);
            assert_eq!(line.first().map(|p| p.0), Some(from.x + from.width));
            assert_eq!(line.last().map(|p| p.0), Some(to.x));
        }
        assert_eq!(drawing.lines[2].len(), 4, "the long link passes through the middle column");
    }

    #[test]
    fn a_link_backwards_starts_on_the_left() {
        let scene = scene(2, &[(0, 1), (1, 0)]);
        let drawing = Drawing::new(&scene);
        assert_eq!(drawing.lines[1][0].0, drawing.nodes[1].x);
    }

    #[test]
    fn an_empty_scene_has_a_drawing() {
        let drawing = Drawing::new(&scene(0, &[]));
        assert!(drawing.nodes.is_empty());
    }

    #[test]
    fn many_boxes_are_laid_out_alike_twice() {
        let edges: Vec<(usize, usize)> = (0..90).map(|i| (i % 30, (i * 11 + 1) % 30)).collect();
        let scene = scene(30, &edges);
        assert_eq!(Drawing::new(&scene), Drawing::new(&scene));
    }
}
