//! The presence of a person, folded from its events: how long they were in which state.

use api::presence::v1::State;
use chrono::{DateTime, Utc};
use ids::{AccountId, QueueId, UserId};

use super::{sequence::Progress, statistics::Rollup};

/// A change of a person's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it is now.
    pub state: State,
    /// What it was.
    pub previous: State,
    /// Since when it was that; missing when presence does not know.
    pub since: Option<DateTime<Utc>>,
    /// The queue of the wrap-up that ended, if it came from one.
    pub queue: Option<QueueId>,
}

/// A person, as far as their events have been folded. Their open state counts from the time of
/// the last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Whose.
    pub account: AccountId,
    /// Who.
    pub person: UserId,
    /// How far.
    pub progress: Progress,
    /// The state that they are in since then.
    pub state: State,
}

impl Person {
    /// Somebody who was just heard of.
    #[must_use]
    pub fn new(account: AccountId, person: UserId) -> Self {
        Self {
            account,
            person,
            progress: Progress::NONE,
            state: State::Unspecified,
        }
    }

    /// Folds a change that happened `at`; before the progress is moved to it.
    ///
    /// The state that ended counts from its begin, or from the last event if that is later: an
    /// event that changed no state (a membership, a mode chosen during a call) has counted what
    /// was before it, and no moment counts twice.
    pub fn apply(&mut self, change: &Change, at: DateTime<Utc>, rollup: &mut Rollup) {
        self.state = change.state;
        let Some(since) = change.since else { return };
        let from = since.max(self.progress.at);
        if from >= at || change.previous == State::Unspecified {
            return;
        }
        rollup.state(self.account, self.person, change.previous, from, at);
        if change.previous == State::WrapUp {
            let rest = at - from;
            rollup.person(self.account, self.person, at).wrap_up += rest;
            if let Some(queue) = change.queue {
                rollup.queue(self.account, queue, at).wrap_up += rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    struct Day {
        person: Person,
        rollup: Rollup,
    }

    impl Day {
        fn new() -> Self {
            Self {
                person: Person::new(AccountId::generate(), UserId::generate()),
                rollup: Rollup::default(),
            }
        }

        fn change(
            &mut self,
            minute: i64,
            previous: State,
            since: i64,
            state: State,
            queue: Option<QueueId>,
        ) {
            let at = noon() + TimeDelta::minutes(minute);
            let since = Some(noon() + TimeDelta::minutes(since));
            self.person.apply(
                &Change {
                    state,
                    previous,
                    since,
                    queue,
                },
                at,
                &mut self.rollup,
            );
            self.person.progress = self
                .person
                .progress
                .after(self.person.progress.sequence + 1, at);
        }

        fn minutes(&self, state: State) -> i64 {
            let of = self
                .rollup
                .states
                .iter()
                .filter(|((_, _, _, at), _)| *at == state);
            of.map(|(_, time)| time.num_minutes()).sum()
        }
    }

    #[test]
    fn the_time_of_every_state_is_counted_once() {
        let mut day = Day::new();
        let queue = QueueId::generate();
        day.change(0, State::Offline, 0, State::Available, None);
        day.change(20, State::Available, 0, State::OnACall, None);
        // Changes no state: what it was, it is, and since when stays.
        day.change(25, State::OnACall, 20, State::OnACall, None);
        day.change(40, State::OnACall, 20, State::WrapUp, None);
        day.change(43, State::WrapUp, 40, State::Available, Some(queue));
        assert_eq!(day.minutes(State::Available), 20);
        assert_eq!(day.minutes(State::OnACall), 20);
        assert_eq!(day.minutes(State::WrapUp), 3);
        assert_eq!(day.rollup.states.len(), 2 + 2 + 1, "cut at 12:15 and 12:30");
        let at = noon() + TimeDelta::minutes(43);
        let (account, person) = (day.person.account, day.person.person);
        assert_eq!(
            day.rollup.person(account, person, at).wrap_up,
            TimeDelta::minutes(3)
        );
        assert_eq!(
            day.rollup.queue(account, queue, at).wrap_up,
            TimeDelta::minutes(3)
        );
    }

    #[test]
    fn a_state_from_the_future_counts_nothing() {
        let mut day = Day::new();
        day.change(0, State::WrapUp, 5, State::Available, None);
        assert_eq!(day.rollup, Rollup::default());
    }
}
