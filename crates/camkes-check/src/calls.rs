//! Circles of calls between components that handle one call at a time.

use std::collections::{BTreeMap, VecDeque};

use camkes_lang::ast::EndType;
use camkes_lang::model::{Connection, End, InterfaceType, Procedure};
use camkes_lang::{Diagnostic, Model};

use crate::context::Context;

/// Procedures whose calls don't wait: character output goes into a ring that the server empties
/// when it gets to it, so that a server may log through its own client.
const ONE_WAY: [&str; 2] = ["PutChar", "Batch"];

/// Whether calls of a procedure put something into a ring and don't wait.
#[must_use]
pub fn is_one_way(procedure: &Procedure) -> bool {
    ONE_WAY.contains(&procedure.name.as_str())
}

/// For each instance the instances that it calls, with one connection for each.
type Calls<'m> = Vec<BTreeMap<usize, (&'m Connection, &'m End, &'m End)>>;

pub(crate) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let model = context.model;
    let calls = collect(context);
    for (caller, callees) in calls.iter().enumerate() {
        if let Some((connection, from, to)) = callees.get(&caller) {
            found.push(
                Diagnostic::error(
                    "calls-itself",
                    format!(
                        "`{}` calls itself through the connection `{}`, and waits for ever",
                        model.instances[caller].name, connection.name
                    ),
                )
                .at_with(from.span, "the caller")
                .label(to.span, "the same instance answers")
                .note("a component handles one call at a time"),
            );
        }
    }
    for members in circles(&calls) {
        report(model, &calls, &members, found);
    }
}

fn collect<'m>(context: &Context<'m>) -> Calls<'m> {
    let model = context.model;
    let mut calls: Calls<'m> = vec![BTreeMap::new(); model.instances.len()];
    for connection in &model.connections {
        let connector = context.connector(connection);
        if connector.from.ty != EndType::Procedure || connector.to.hardware {
            continue;
        }
        for to in &connection.to {
            let InterfaceType::Procedure(procedure) = &model.interface_of(to).ty else {
                continue;
            };
            let procedure = &model[*procedure];
            if procedure.methods.is_empty() || is_one_way(procedure) {
                continue;
            }
            for from in &connection.from {
                calls[from.instance.0].entry(to.instance.0).or_insert((connection, from, to));
            }
        }
    }
    calls
}

/// The sets of more than one instance that all reach each other, each sorted (Tarjan's algorithm,
/// with a stack of its own).
fn circles(calls: &Calls<'_>) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let count = calls.len();
    let successors: Vec<Vec<usize>> = calls.iter().map(|c| c.keys().copied().collect()).collect();
    let mut index = vec![NEW; count];
    let mut low = vec![0; count];
    let mut on_stack = vec![false; count];
    let mut stack = Vec::new();
    let mut next_index = 0;
    let mut result = Vec::new();
    for root in 0..count {
        if index[root] != NEW {
            continue;
        }
        let mut walk = vec![(root, 0)];
        while let Some((node, position)) = walk.last_mut() {
            let node = *node;
            if *position == 0 {
                index[node] = next_index;
                low[node] = next_index;
                next_index += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            let next = successors[node].get(*position).copied();
            *position += 1;
            match next {
                Some(next) if index[next] == NEW => walk.push((next, 0)),
                Some(next) if on_stack[next] => low[node] = low[node].min(index[next]),
                Some(_) => {}
                None => {
                    walk.pop();
                    if let Some((parent, _)) = walk.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                    if low[node] == index[node] {
                        let mut members = Vec::new();
                        while let Some(member) = stack.pop() {
                            on_stack[member] = false;
                            members.push(member);
                            if member == node {
                                break;
                            }
                        }
                        if members.len() > 1 {
                            members.sort_unstable();
                            result.push(members);
                        }
                    }
                }
            }
        }
    }
    result.sort_unstable();
    result
}

/// Shows one shortest circle through the first member.
fn report(model: &Model, calls: &Calls<'_>, members: &[usize], found: &mut Vec<Diagnostic>) {
    let Some(&start) = members.first() else {
        return;
    };
    let mut previous: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    'search: while let Some(node) = queue.pop_front() {
        for &next in calls[node].keys() {
            if members.binary_search(&next).is_err() || next == node {
                continue;
            }
            if next == start {
                previous.insert(start, node);
                break 'search;
            }
            if let std::collections::btree_map::Entry::Vacant(e) = previous.entry(next) {
                e.insert(node);
                queue.push_back(next);
            }
        }
    }
    let mut path = vec![start];
    while let Some(&before) = path.last().and_then(|last| previous.get(last)) {
        path.push(before);
        if before == start {
            break;
        }
    }
    path.reverse();

    let names: Vec<&str> = path.iter().map(|node| model.instances[*node].name.as_str()).collect();
    let mut diagnostic = Diagnostic::warning(
        "call-circle",
        format!("calls go round in a circle: {}", names.join(" -> ")),
    );
    for (step, pair) in path.windows(2).enumerate() {
        let Some((connection, from, _)) = calls[pair[0]].get(&pair[1]) else {
            continue;
        };
        let text =
            format!("`{}` calls `{}` through `{}`", names[step], names[step + 1], connection.name);
        diagnostic = if step == 0 {
            diagnostic.at_with(from.span, text)
        } else {
            diagnostic.label(from.span, text)
        };
    }
    found.push(
        diagnostic
            .note("a component handles one call at a time: if all of them call at once, all wait for ever")
            .help("let one of them send an event instead of calling, or answer the call later"),
    );
}

#[cfg(test)]
mod tests {
    use super::circles;

    /// The circles of a graph that is given by its edges.
    fn of(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
        // The search never looks at the connections.
        let mut sources = camkes_lang::SourceMap::default();
        let file = sources.add(std::path::Path::new("a"), String::new);
        let span = camkes_lang::Span { file, start: 0, end: 0 };
        let end = camkes_lang::model::End {
            instance: camkes_lang::model::InstanceId(0),
            interface: 0,
            span,
        };
        let connection = camkes_lang::model::Connection {
            name: String::new(),
            connector: camkes_lang::model::ConnectorId(0),
            from: vec![],
            to: vec![],
            settings: Default::default(),
            parts: vec![],
            span,
        };
        let mut calls: super::Calls<'_> = vec![Default::default(); count];
        for &(from, to) in edges {
            calls[from].insert(to, (&connection, &end, &end));
        }
        circles(&calls)
    }

    #[test]
    fn circles_are_found_once() {
        assert_eq!(of(4, &[(0, 1), (1, 2), (2, 1), (2, 3)]), [vec![1, 2]]);
        assert_eq!(of(5, &[(0, 1), (1, 0), (2, 3), (3, 4), (4, 2)]), [vec![0, 1], vec![2, 3, 4]]);
    }

    #[test]
    fn trees_and_diamonds_have_none() {
        assert!(of(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]).is_empty());
        assert!(of(1, &[(0, 0)]).is_empty(), "a call to itself is reported by itself");
    }

    #[test]
    fn a_long_circle_does_not_overflow_the_stack() {
        let edges: Vec<(usize, usize)> = (0..50_000).map(|i| (i, (i + 1) % 50_000)).collect();
        assert_eq!(of(50_000, &edges)[0].len(), 50_000);
    }
}
