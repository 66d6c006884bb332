//! What an edge must refuse: commands it has seen, and commands older than the
//! newest grant of their person.

use std::collections::{HashMap, HashSet, VecDeque};

/// Commands come again within seconds or not at all.
const REMEMBERED: usize = 10_000;
/// Of a command whose order with others does not matter: a person may ring for
/// several calls.
const UNFENCED: (i64, i64) = (0, 0);

#[derive(Debug, Default)]
pub(crate) struct Fences {
    seen: HashSet<String>,
    order: VecDeque<String>,
    newest: HashMap<String, (i64, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fresh,
    Seen,
    Stale,
}

impl Fences {
    pub(crate) fn admit(
        &mut self,
        command: &str,
        person: Option<&str>,
        token: (i64, i64),
    ) -> Verdict {
        if !self.seen.insert(command.to_owned()) {
            return Verdict::Seen;
        }
        self.order.push_back(command.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        let Some(person) = person.filter(|_| token != UNFENCED) else {
            return Verdict::Fresh;
        };
        match self.newest.get_mut(person) {
            Some(newest) if token < *newest => Verdict::Stale,
            Some(newest) => {
                *newest = token;
                Verdict::Fresh
            }
            None => {
                self.newest.insert(person.to_owned(), token);
                Verdict::Fresh
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fences, Verdict};

    #[test]
    fn refuses_what_it_has_seen_and_what_is_older() {
        let mut fences = Fences::default();
        assert_eq!(fences.admit("1", Some("anna"), (5, 2)), Verdict::Fresh);
        assert_eq!(fences.admit("1", Some("anna"), (5, 2)), Verdict::Seen);
        assert_eq!(fences.admit("2", Some("anna"), (5, 1)), Verdict::Stale);
        assert_eq!(fences.admit("3", Some("anna"), (4, 9)), Verdict::Stale);
        assert_eq!(fences.admit("4", Some("anna"), (6, 1)), Verdict::Fresh);
        assert_eq!(fences.admit("5", None, (0, 0)), Verdict::Fresh);
        assert_eq!(fences.admit("6", Some("anna"), (0, 0)), Verdict::Fresh);
    }
}
