//! The third step: coordinates.

use crate::layers::Layers;
use crate::scene::Scene;
use crate::size;

/// Vertical room between boxes.
const GAP: i32 = 26;
/// Vertical room between passing links.
const BEND_GAP: i32 = 6;
/// How often the columns are gone through, there and back.
const SWEEPS: usize = 16;
/// Narrowest room between two columns, and how much each link adds to it up to the widest.
const COLUMN_GAP: (i32, i32, i32) = (90, 3, 240);

/// Where everything stands, in pixels from the top left corner of the drawing.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// Left edge of each column.
    pub x: Vec<i32>,
    /// Width of the boxes of each column.
    pub column_width: Vec<i32>,
    /// Top of each item.
    pub y: Vec<i32>,
    /// Column of each item.
    pub column: Vec<usize>,
    pub width: i32,
    pub height: i32,
}

pub(crate) fn place(layers: &Layers, scene: &Scene) -> Places {
    let mut column = vec![0; layers.items.len()];
    for (index, items) in layers.columns.iter().enumerate() {
        for &item in items {
            column[item] = index;
        }
    }

    let column_width: Vec<i32> = layers
        .columns
        .iter()
        .map(|items| {
            let nodes = items.iter().filter_map(|&item| layers.items[item].node);
            nodes.map(|node| size::node_width(&scene.nodes[node])).max().unwrap_or(0)
        })
        .collect();
    let mut x = Vec::with_capacity(column_width.len());
    let mut edge = 0;
    let mut width = 0;
    for (items, column_width) in layers.columns.iter().zip(&column_width) {
        x.push(edge);
        width = edge + column_width;
        let links = items.iter().map(|&item| layers.outgoing[item].len()).sum();
        let (least, each, most) = COLUMN_GAP;
        edge = width + (least + each * size::to_i32(links)).min(most);
    }

    let mut y = vec![0; layers.items.len()];
    for items in &layers.columns {
        let desired = vec![0; items.len()];
        settle(layers, items, &desired, &mut y);
    }
    for sweep in 0..SWEEPS {
        let count = layers.columns.len();
        let order: Vec<usize> =
            if sweep % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
        for index in order {
            let items = &layers.columns[index];
            // Early sweeps look one way, so that a column can follow a neighbour that has
            // settled; the last ones weigh both sides.
            let both = sweep + 4 >= SWEEPS;
            let desired: Vec<i32> = items
                .iter()
                .map(|&item| wish(layers, &y, item, both || sweep % 2 == 0, both || sweep % 2 == 1))
                .collect();
            settle(layers, items, &desired, &mut y);
        }
    }

    let top = y.iter().min().copied().unwrap_or(0);
    for value in &mut y {
        *value -= top;
    }
    let height = layers.items.iter().zip(&y).map(|(item, y)| y + item.height).max().unwrap_or(0);
    Places { x, column_width, y, column, width, height }
}

/// The top that would make an item's links straight on average.
fn wish(layers: &Layers, y: &[i32], item: usize, left: bool, right: bool) -> i32 {
    let mut sum = 0_i64;
    let mut count = 0_i64;
    let mut add = |own: Option<usize>, (peer, row): (usize, Option<usize>)| {
        sum += i64::from(y[peer] + layers.offset(peer, row) - layers.offset(item, own));
        count += 1;
    };
    if left {
        for &segment in &layers.incoming[item] {
            let segment = &layers.segments[segment];
            add(segment.right.1, segment.left);
        }
    }
    if right {
        for &segment in &layers.outgoing[item] {
            let segment = &layers.segments[segment];
            add(segment.left.1, segment.right);
        }
    }
    sum.checked_div(count).and_then(|mean| i32::try_from(mean).ok()).unwrap_or(y[item])
}

/// Moves the items of a column as near as possible (least squares) to where they want to be,
/// keeping their order and the room between them: isotonic regression by pooling neighbours.
fn settle(layers: &Layers, items: &[usize], desired: &[i32], y: &mut [i32]) {
    struct Block {
        first: usize,
        sum: i64,
        count: i64,
    }
    // Subtracting the room that the items above need turns "no overlap" into "not decreasing".
    let mut above = Vec::with_capacity(items.len());
    let mut used = 0;
    for (index, &item) in items.iter().enumerate() {
        if let Some(&previous) = index.checked_sub(1).and_then(|i| items.get(i)) {
            let bends = layers.items[item].node.is_none() && layers.items[previous].node.is_none();
            used += layers.items[previous].height + if bends { BEND_GAP } else { GAP };
        }
        above.push(used);
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (index, &want) in desired.iter().enumerate() {
        blocks.push(Block {
            first: index,
            sum: i64::from(want) - i64::from(above[index]),
            count: 1,
        });
        while let [.., upper, lower] = &mut blocks[..] {
            if upper.sum * lower.count <= lower.sum * upper.count {
                break;
            }
            upper.sum += lower.sum;
            upper.count += lower.count;
            blocks.pop();
        }
    }
    for (number, block) in blocks.iter().enumerate() {
        let end = blocks.get(number + 1).map_or(items.len(), |next| next.first);
        let base = i32::try_from(block.sum.div_euclid(block.count)).unwrap_or(0);
        for index in block.first..end {
            y[items[index]] = base + above[index];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::place;
    use crate::layers::Layers;
    use crate::order::reduce_crossings;
    use crate::test_scene::scene;

    #[test]
    fn boxes_never_overlap() {
        let edges: Vec<(usize, usize)> = (0..60).map(|i| (i % 13, 13 + i * 7 % 17)).collect();
        let scene = scene(30, &edges);
        let mut layers = Layers::new(&scene);
        reduce_crossings(&mut layers);
        let places = place(&layers, &scene);
        for items in &layers.columns {
            for pair in items.windows(2) {
                let bottom = places.y[pair[0]] + layers.items[pair[0]].height;
                assert!(bottom < places.y[pair[1]], "{pair:?} overlap");
            }
        }
    }

    #[test]
    fn a_single_link_is_straight() {
        let scene = scene(2, &[(0, 1)]);
        let layers = Layers::new(&scene);
        let places = place(&layers, &scene);
        assert_eq!(places.y, [0, 0]);
        assert!(places.x[1] > places.column_width[0]);
    }
}
