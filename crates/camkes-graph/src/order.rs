//! The second step: the order of boxes in a column and of rows in a box, with few crossings.

use crate::layers::Layers;

/// How often the columns are gone through, there and back.
const SWEEPS: usize = 12;

/// Reorders columns by the barycentre heuristic, then each box's rows, and keeps the best order
/// that it saw.
pub(crate) fn reduce_crossings(layers: &mut Layers) {
    let mut best = layers.columns.clone();
    let mut fewest = crossings(layers);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let count = layers.columns.len();
        if sweep % 2 == 0 {
            (1..count).for_each(|column| sort_column(layers, column, Side::Left));
        } else {
            (0..count.saturating_sub(1))
                .rev()
                .for_each(|column| sort_column(layers, column, Side::Right));
        }
        let now = crossings(layers);
        if now < fewest {
            fewest = now;
            best.clone_from(&layers.columns);
        }
    }
    layers.columns = best;
    sort_rows(layers);
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Positions are in thousandths of an item, so that they can be compared exactly.
const SCALE: i64 = 1000;

/// For each item its position in its column.
fn positions(layers: &Layers) -> Vec<i64> {
    let mut position = vec![0; layers.items.len()];
    for column in &layers.columns {
        for (index, &item) in column.iter().enumerate() {
            position[item] = i64::try_from(index).unwrap_or(i64::MAX / SCALE) * SCALE;
        }
    }
    position
}

/// Where on its item a segment ends, as a fraction of the item.
fn fraction(layers: &Layers, item: usize, row: Option<usize>) -> i64 {
    let height = i64::from(layers.items[item].height.max(1));
    i64::from(layers.offset(item, row)) * SCALE / height
}

fn sort_column(layers: &mut Layers, column: usize, side: Side) {
    let position = positions(layers);
    let mut keyed: Vec<(i64, usize)> = layers.columns[column]
        .iter()
        .map(|&item| {
            let peers = match side {
                Side::Left => &layers.incoming[item],
                Side::Right => &layers.outgoing[item],
            };
            let sum: i64 = peers
                .iter()
                .map(|&segment| {
                    let (peer, row) = match side {
                        Side::Left => layers.segments[segment].left,
                        Side::Right => layers.segments[segment].right,
                    };
                    position[peer] + fraction(layers, peer, row)
                })
                .sum();
            let count = i64::try_from(peers.len()).unwrap_or(i64::MAX);
            (sum.checked_div(count).unwrap_or(position[item]), item)
        })
        .collect();
    keyed.sort_by_key(|&(key, _)| key);
    layers.columns[column] = keyed.into_iter().map(|(_, item)| item).collect();
}

/// Number of pairs of segments that cross each other.
fn crossings(layers: &Layers) -> u64 {
    let position = positions(layers);
    let end = |(item, row): (usize, Option<usize>)| position[item] + fraction(layers, item, row);
    let mut total = 0;
    for column in &layers.columns {
        let mut ends: Vec<(i64, i64)> = column
            .iter()
            .flat_map(|&item| &layers.outgoing[item])
            .map(|&segment| {
                let segment = &layers.segments[segment];
                (end(segment.left), end(segment.right))
            })
            .collect();
        ends.sort_unstable();
        let right: Vec<i64> = ends.iter().map(|&(_, right)| right).collect();
        total += inversions(&right);
    }
    total
}

/// Number of pairs in the wrong order, counted with a Fenwick tree over the distinct values.
fn inversions(values: &[i64]) -> u64 {
    let mut distinct = values.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let mut tree = vec![0_u64; distinct.len() + 1];
    let mut total = 0;
    for (seen, value) in (0_u64..).zip(values) {
        let rank = distinct.partition_point(|v| v <= value);
        let mut not_greater = 0;
        let mut index = rank;
        while index > 0 {
            not_greater += tree[index];
            index &= index - 1;
        }
        total += seen - not_greater;
        index = rank;
        while index < tree.len() {
            tree[index] += 1;
            index += index & index.wrapping_neg();
        }
    }
    total
}

/// Sorts the rows of each box by where their links lead; rows without links come last.
fn sort_rows(layers: &mut Layers) {
    let position = positions(layers);
    for item in 0..layers.items.len() {
        let Some(node) = layers.items[item].node else {
            continue;
        };
        let mut peers = vec![(0_i64, 0_i64); layers.rows[node].len()];
        let ends = layers.incoming[item]
            .iter()
            .map(|&segment| &layers.segments[segment])
            .map(|segment| (segment.right.1, segment.left))
            .chain(
                layers.outgoing[item]
                    .iter()
                    .map(|&segment| &layers.segments[segment])
                    .map(|segment| (segment.left.1, segment.right)),
            );
        for (row, (peer, peer_row)) in ends {
            if let Some(row) = row {
                peers[row].0 += position[peer] + fraction(layers, peer, peer_row);
                peers[row].1 += 1;
            }
        }
        layers.rows[node].sort_by_key(|&row| {
            let (sum, count) = peers[row];
            (count == 0, sum.checked_div(count).unwrap_or(0), row)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{crossings, inversions, reduce_crossings};
    use crate::layers::Layers;
    use crate::test_scene::scene;

    #[test]
    fn inversions_are_counted() {
        assert_eq!(inversions(&[1, 2, 2, 3]), 0);
        assert_eq!(inversions(&[3, 2, 1]), 3);
        assert_eq!(inversions(&[2, 2, 1]), 2);
    }

    #[test]
    fn crossings_are_removed_where_possible() {
        // Two clients of two servers, listed so that the links cross.
        let scene = scene(4, &[(0, 3), (1, 2)]);
        let mut layers = Layers::new(&scene);
        assert_eq!(crossings(&layers), 1);
        reduce_crossings(&mut layers);
        assert_eq!(crossings(&layers), 0);
    }

    #[test]
    fn a_complete_graph_keeps_its_unavoidable_crossing() {
        let mut layers = Layers::new(&scene(4, &[(0, 2), (0, 3), (1, 2), (1, 3)]));
        reduce_crossings(&mut layers);
        assert_eq!(crossings(&layers), 1);
    }
}
