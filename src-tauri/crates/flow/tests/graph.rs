//! The shape of flows.

mod common;

use common::{any_flow, flow, node, wire};
use flow::Graph;
use proptest::prelude::*;

#[test]
fn order_cycles_and_reach() {
    let nodes = || "fedcba".chars().map(|id| node(&id.to_string(), "text")).collect::<Vec<_>>();
    let line = flow(nodes(), vec![wire("a.out", "b.in"), wire("b.out", "c.in"), wire("a.out", "c.in"), wire("e.out", "d.in")]);
    let graph = Graph::of(&line);
    assert_eq!(graph.order(), Some(vec!["f", "e", "d", "a", "b", "c"]));
    assert!(graph.cycles().is_empty());
    assert_eq!(graph.downstream("a").into_iter().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(graph.upstream("c").len(), 2);
    assert_eq!(graph.sources("c").into_iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(graph.reached_from(["e", "nobody"]).len(), 2);

    let circles = flow(
        nodes(),
        vec![wire("a.out", "b.in"), wire("b.out", "a.in"), wire("b.out", "c.in"), wire("e.out", "e.in"), wire("d.out", "x.in")],
    );
    let graph = Graph::of(&circles);
    assert_eq!(graph.order(), None);
    assert_eq!(graph.cycles(), [vec!["e"], vec!["b", "a"]]);
    assert!(graph.downstream("a").contains("a") && !graph.downstream("c").contains("c"));
    assert!(graph.upstream("nobody").is_empty());
}

proptest! {
    #[test]
    fn every_wire_goes_forward_or_there_is_a_cycle(flow in any_flow()) {
        let graph = Graph::of(&flow);
        match graph.order() {
            None => prop_assert!(!graph.cycles().is_empty()),
            Some(order) => {
                prop_assert!(graph.cycles().is_empty());
                let place = |id: &str| order.iter().position(|other| *other == id);
                for edge in &flow.edges {
                    if let (Some(from), Some(to)) = (place(&edge.from.node), place(&edge.to.node)) {
                        prop_assert!(from < to);
                    }
                }
            }
        }
    }
}
