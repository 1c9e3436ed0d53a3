//! The first step of a layered layout: which column each box stands in.

use std::collections::BTreeSet;

/// Assigns each of `count` nodes a column so that every edge crosses at least one column boundary.
///
/// Edges that close a cycle count backwards; which ones they are depends only on the order of the
/// input. Self-loops and edges with an end outside `0..count` are ignored.
#[must_use]
pub fn columns(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let forward = acyclic(count, edges);
    let mut successors = vec![Vec::new(); count];
    let mut predecessors = vec![Vec::new(); count];
    let mut missing = vec![0_usize; count];
    for &(from, to) in &forward {
        successors[from].push(to);
        predecessors[to].push(from);
        missing[to] += 1;
    }

    let mut column = vec![0; count];
    let mut ready: Vec<usize> = (0..count).filter(|&node| missing[node] == 0).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(node) = ready.pop() {
        order.push(node);
        for &next in &successors[node] {
            column[next] = column[next].max(column[node] + 1);
            missing[next] -= 1;
            if missing[next] == 0 {
                ready.push(next);
            }
        }
    }

    // The longest path from a source puts every source into the first column. Moving a node
    // towards its successors shortens its outgoing edges, which is worth it when it has fewer
    // incoming ones.
    for &node in order.iter().rev() {
        if successors[node].len() > predecessors[node].len()
            && let Some(limit) = successors[node].iter().map(|&next| column[next]).min()
        {
            column[node] = limit - 1;
        }
    }
    column
}

/// The edges with those turned round that close a cycle in a depth-first walk, without duplicates.
fn acyclic(count: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }

    let mut outgoing = vec![Vec::new(); count];
    let mut seen = BTreeSet::new();
    for &(from, to) in edges {
        if from != to && from < count && to < count && seen.insert((from, to)) {
            outgoing[from].push(to);
        }
    }
    // Start at nodes nobody calls: a walk from a server would turn its clients' edges round.
    let mut called = vec![false; count];
    for &to in outgoing.iter().flatten() {
        called[to] = true;
    }
    let roots =
        (0..count).filter(|&node| !called[node]).chain((0..count).filter(|&node| called[node]));

    let mut state = vec![State::New; count];
    let mut result = Vec::with_capacity(edges.len());
    for root in roots {
        if state[root] != State::New {
            continue;
        }
        state[root] = State::Open;
        let mut stack = vec![(root, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(&to) = outgoing[node].get(*next) else {
                state[node] = State::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            match state[to] {
                State::Open => result.push((to, node)),
                State::Done => result.push((node, to)),
                State::New => {
                    result.push((node, to));
                    state[to] = State::Open;
                    stack.push((to, 0));
                }
            }
        }
    }
    result.sort_unstable();
    result.dedup();
    result
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn a_chain_goes_from_left_to_right() {
        assert_eq!(columns(3, &[(0, 1), (1, 2)]), [0, 1, 2]);
    }

    #[test]
    fn a_cycle_is_broken_at_the_last_edge() {
        assert_eq!(columns(3, &[(0, 1), (1, 2), (2, 0)]), [0, 1, 2]);
        assert_eq!(columns(2, &[(0, 1), (1, 0), (0, 0)]), [0, 1]);
    }

    #[test]
    fn clients_stand_beside_their_server() {
        // 0 -> 1 -> 2 is the backbone; 3 calls only 2 and moves next to it.
        assert_eq!(columns(4, &[(0, 1), (1, 2), (3, 2)]), [0, 1, 2, 1]);
    }

    #[test]
    fn every_edge_crosses_a_boundary() {
        let edges: Vec<(usize, usize)> = (0..200).map(|i| (i * 7 % 50, i * 13 % 47)).collect();
        let column = columns(50, &edges);
        for (from, to) in edges {
            assert!(from == to || column[from] != column[to], "{from} and {to} share a column");
        }
    }

    #[test]
    fn a_long_chain_does_not_overflow_the_stack() {
        let edges: Vec<(usize, usize)> = (0..100_000).map(|i| (i, i + 1)).collect();
        assert_eq!(columns(100_001, &edges)[100_000], 100_000);
    }
}
