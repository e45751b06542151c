//! How large groups become.

use super::{QUICK, SLOW, TestGroups};
use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

#[test]
fn groups_grow_while_tests_are_quick_and_shrink_at_once() {
    let groups = TestGroups { domains: HashSet::new(), size: AtomicUsize::new(2) };
    let after = |count: usize, time: Duration| {
        groups.took(count, time);
        groups.size()
    };
    assert_eq!([after(2, QUICK), after(4, QUICK), after(8, QUICK), after(16, QUICK)], [4, 8, 16, 16]);
    assert_eq!(after(1, QUICK / 2), 16, "a single test says nothing against larger groups");
    assert_eq!(after(16, QUICK * 20), 16, "neither quick nor slow");
    assert_eq!(after(16, SLOW * 2), 1);
    assert_eq!(after(1, QUICK), 1);
    assert_eq!(after(1, QUICK / 2), 2);
}
