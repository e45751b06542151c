//! Which nodes wait for a data test that reads several nodes.
//!
//! dbt's rule: a node waits for a test if it is downstream of everything that the test reads. It is enough to let the
//! first such nodes wait: what is downstream of them waits for them.

use crate::selector::Index;

/// Tests are looked at in groups of as many as a word has bits.
const GROUP: usize = u64::BITS as usize;

/// A test by place, and what it reads.
pub(super) struct MultiTest {
    /// Place of the test.
    pub(super) test: u32,
    /// Places of what it reads, two or more, each once.
    pub(super) reads: Vec<u32>,
}

/// Pairs (test, node that waits for it), for nodes that `can_wait`. `order` holds all places, parents first.
///
/// Takes time proportional to the edges for each 64 tests and each node that a test reads.
pub(super) fn multi_test_edges(
    index: &Index,
    order: &[u32],
    tests: &[MultiTest],
    can_wait: impl Fn(u32) -> bool,
) -> Vec<(u32, u32)> {
    let mut edges = Vec::new();
    for group in tests.chunks(GROUP) {
        let width = group.iter().map(|test| test.reads.len()).max().unwrap_or_default();
        let marks = marks(index.nodes().len(), width, group);
        let mut upstream = vec![0u64; index.nodes().len() * width];
        let mut complete = vec![0u64; index.nodes().len()];
        for &place in order {
            let own = place as usize * width;
            let mut above = 0;
            for &parent in index.parents(place) {
                above |= complete[parent as usize];
                for slot in 0..width {
                    let from = parent as usize * width + slot;
                    upstream[own + slot] |= upstream[from] | marks[from];
                }
            }
            let now = upstream[own..own + width].iter().fold(u64::MAX, |all, slot| all & slot);
            // A node that cannot wait passes nothing on either, so that those behind it wait themselves.
            if can_wait(place) {
                complete[place as usize] = now;
                edges.extend(bits(now & !above).map(|bit| (group[bit].test, place)));
            } else {
                complete[place as usize] = above;
            }
        }
    }
    edges
}

/// For each node and slot, the tests of the group that read the node as their slot-th. Short tests repeat their last.
fn marks(nodes: usize, width: usize, group: &[MultiTest]) -> Vec<u64> {
    let mut marks = vec![0u64; nodes * width];
    for (bit, test) in group.iter().enumerate() {
        for slot in 0..width {
            if let Some(place) = test.reads.get(slot).or(test.reads.last()) {
                marks[*place as usize * width + slot] |= 1 << bit;
            }
        }
    }
    marks
}

fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            bit
        })
    })
}
