use super::*;

fn graph(edges: &[(&str, &str)]) -> Graph {
    let mut ids: Vec<UniqueId> =
        edges.iter().flat_map(|(parent, child)| [UniqueId::from(*parent), UniqueId::from(*child)]).collect();
    ids.sort();
    ids.dedup();
    let edges: Vec<_> = edges.iter().map(|(parent, child)| (UniqueId::from(*parent), UniqueId::from(*child))).collect();
    Graph::new(&ids, edges.iter().map(|(parent, child)| (parent, child)))
}

fn texts(ids: Vec<&UniqueId>) -> Vec<&str> {
    ids.into_iter().map(UniqueId::as_str).collect()
}

#[test]
fn neighbours_and_reach() {
    let graph = graph(&[("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")]);
    assert_eq!(texts(graph.parents(&"c".into())), ["a", "b"]);
    assert_eq!(texts(graph.children(&"a".into())), ["b", "c"]);
    assert_eq!(texts(graph.ancestors([&"d".into()], None)), ["a", "b", "c"]);
    assert_eq!(texts(graph.ancestors([&"d".into()], Some(1))), ["c"]);
    assert_eq!(texts(graph.descendants([&"a".into(), &"b".into()], Some(1))), ["b", "c"]);
    assert!(graph.parents(&"unknown".into()).is_empty());
}

#[test]
fn parents_come_first() {
    let graph = graph(&[("z", "a"), ("z", "b"), ("a", "c")]);
    assert_eq!(graph.topological_order().map(texts), Ok(vec!["z", "a", "b", "c"]));
}

#[test]
fn a_cycle_is_reported_in_reading_order() {
    let graph = graph(&[("x", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "y")]);
    let cycle = graph.topological_order().map_err(texts).expect_err("there is a cycle");
    assert_eq!(cycle.len(), 3);
    for (index, id) in cycle.iter().enumerate() {
        let next: UniqueId = cycle[(index + 1) % cycle.len()].into();
        assert!(texts(graph.children(&UniqueId::from(*id))).contains(&next.as_str()), "{cycle:?}");
    }
}
