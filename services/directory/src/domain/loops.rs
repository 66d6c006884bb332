//! Circles that a call could run in without anybody choosing to.
//!
//! Only *automatic* transfers count: overflow, no answer, time out, closed, and a number's target.
//! A menu key that leads back to the menu, or to the menu above, is a good design, because a
//! person presses it and can stop. The same way back by time-out never ends.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::key::Key;

/// An automatic transfer from one resource to another.
pub type Transfer = (Key, Key);

/// The shortest circle through `changed`, from it and back to it: `[changed, …, changed]`.
///
/// The account had no circle before the change, so a new one passes through what changed.
#[must_use]
pub fn through(changed: Key, transfers: &[Transfer]) -> Option<Vec<Key>> {
    let mut next: BTreeMap<Key, BTreeSet<Key>> = BTreeMap::new();
    for (from, to) in transfers {
        next.entry(*from).or_default().insert(*to);
    }
    // Breadth first: the shortest circle is the one that people understand.
    let mut came_from = BTreeMap::new();
    let mut ahead = VecDeque::from([changed]);
    while let Some(here) = ahead.pop_front() {
        for there in next.get(&here).into_iter().flatten() {
            if *there == changed {
                return Some(retrace(&came_from, changed, here));
            }
            if !came_from.contains_key(there) {
                came_from.insert(*there, here);
                ahead.push_back(*there);
            }
        }
    }
    None
}

fn retrace(came_from: &BTreeMap<Key, Key>, changed: Key, last: Key) -> Vec<Key> {
    let mut way = vec![changed, last];
    let mut here = last;
    while here != changed {
        let Some(before) = came_from.get(&here) else {
            break;
        };
        here = *before;
        way.push(here);
    }
    // `last` is `changed` itself when a resource leads straight back to itself.
    if last == changed {
        return vec![changed, changed];
    }
    way.reverse();
    way
}

/// The circle in one line: `men_… → que_… → men_…`.
#[must_use]
pub fn spelled_out(circle: &[Key]) -> String {
    circle
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" → ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::key::Kind;

    fn key(number: u8) -> Key {
        Key {
            kind: Kind::Queue,
            uuid: Uuid::from_u128(u128::from(number)),
        }
    }

    fn transfers(pairs: &[(u8, u8)]) -> Vec<Transfer> {
        pairs
            .iter()
            .map(|(from, to)| (key(*from), key(*to)))
            .collect()
    }

    #[test]
    fn the_shortest_circle_is_named_from_what_changed() {
        let edges = transfers(&[(1, 2), (2, 3), (3, 4), (4, 1), (3, 1), (5, 1)]);
        assert_eq!(
            through(key(1), &edges),
            Some(vec![key(1), key(2), key(3), key(1)])
        );
        assert_eq!(
            through(key(5), &edges),
            None,
            "leads to a circle, is not in it"
        );
        assert_eq!(
            through(key(1), &transfers(&[(1, 1)])),
            Some(vec![key(1), key(1)])
        );
        assert_eq!(through(key(1), &[]), None);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let number = |n: u32| Key {
            kind: Kind::Menu,
            uuid: Uuid::from_u128(u128::from(n)),
        };
        let mut chain: Vec<_> = (0..100_000).map(|n| (number(n), number(n + 1))).collect();
        assert_eq!(through(number(0), &chain), None);
        chain.push((number(100_000), number(0)));
        assert_eq!(
            through(number(0), &chain).map(|way| way.len()),
            Some(100_002)
        );
    }

    /// Kahn: whatever is left after taking away everything without a way in lies on or behind a
    /// circle.
    fn has_circle(edges: &[(u8, u8)]) -> bool {
        let mut edges = edges.to_vec();
        loop {
            let before = edges.len();
            let entered: BTreeSet<u8> = edges.iter().map(|(_, to)| *to).collect();
            edges.retain(|(from, _)| entered.contains(from));
            if edges.len() == before {
                return !edges.is_empty();
            }
        }
    }

    proptest! {
        #[test]
        fn finds_a_circle_exactly_when_there_is_one(
            edges in prop::collection::vec((0u8..8, 0u8..8), 0..16),
        ) {
            let graph = transfers(&edges);
            let circles: Vec<_> = (0..8).filter_map(|n| through(key(n), &graph)).collect();
            prop_assert_eq!(!circles.is_empty(), has_circle(&edges));
            for circle in circles {
                prop_assert_eq!(circle.first(), circle.last());
                for step in circle.windows(2) {
                    prop_assert!(graph.contains(&(step[0], step[1])));
                }
            }
        }
    }
}
