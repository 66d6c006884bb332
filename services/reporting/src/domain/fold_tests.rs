use api::routing::v1::{CallOutcome, OfferEnd, QueueExit};
use chrono::TimeDelta;
use ids::{LegId, QueueId};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    reconcile::{Totals, reconcile},
    step::{Offer, Via},
};

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

/// A small company: two queues, three people, so that stories meet in the same numbers.
#[derive(Debug, Clone)]
struct Company {
    account: AccountId,
    queues: [QueueId; 2],
    people: [UserId; 3],
}

fn company() -> Company {
    let queues = [QueueId::generate(), QueueId::generate()];
    Company {
        account: AccountId::generate(),
        queues,
        people: [UserId::generate(), UserId::generate(), UserId::generate()],
    }
}

/// Any step at all, sensible or not, in any order.
fn any_step(company: Company) -> impl Strategy<Value = Step> {
    let legs: Vec<_> = (0..3).map(|_| LegId::generate()).collect();
    let choice = (
        0..7_u8,
        0..3_usize,
        0..2_usize,
        0..7_i32,
        0..7_i32,
        0..100_i64,
    );
    choice.prop_map(move |(kind, who, which, end, exit, time)| {
        let (queue, person) = (company.queues[which], company.people[who]);
        let via = Via::new(if time % 3 == 0 {
            "rgr_x".into()
        } else {
            queue.to_string()
        });
        let offer = Offer {
            leg: legs[who],
            person: (time % 7 != 0).then_some(person),
            via: via.clone(),
        };
        let end = OfferEnd::try_from(end).unwrap_or_default();
        let exit = QueueExit::try_from(exit).unwrap_or_default();
        match kind {
            0 => Step::Queued {
                queue,
                service_level: seconds(20),
                short_abandon: seconds(5),
            },
            1 => Step::LeftQueue {
                queue,
                exit,
                waited: seconds(time),
            },
            2 => Step::Offered(offer),
            3 => Step::OfferEnded {
                offer,
                end,
                rang: seconds(time),
            },
            4 => Step::Answered {
                offer,
                rang: seconds(time),
            },
            5 => Step::Ended {
                outcome: CallOutcome::Answered,
                person: offer.person,
                via,
                talked: seconds(time),
                held: seconds(time / 2),
            },
            _ => Step::Noted,
        }
    })
}

fn any_calls() -> impl Strategy<Value = Vec<Event>> {
    let company = company();
    let account = company.account;
    let call = proptest::collection::vec((any_step(company), 0..2_000_i64), 0..20);
    proptest::collection::vec(call, 1..6).prop_map(move |calls| {
        let mut events = Vec::new();
        for steps in calls {
            let call = CallId::generate();
            let mut at: DateTime<Utc> = "2026-03-01T12:00:00Z".parse().unwrap();
            for (index, (step, pause)) in steps.into_iter().enumerate() {
                at += seconds(pause);
                events.push(event(account, index as u64 + 1, at, Fact::Call(call, step)));
            }
        }
        events
    })
}

fn event(account: AccountId, sequence: u64, at: DateTime<Utc>, fact: Fact) -> Event {
    let origin = Origin {
        account,
        id: EventId::generate(),
        sequence,
        at,
        actor: String::new(),
        traceparent: String::new(),
        body: Bytes::new(),
    };
    Event { origin, fact }
}

fn folded(events: &[Event]) -> Fold {
    let mut fold = Fold::default();
    for event in events {
        fold.apply(event.clone());
    }
    fold
}

proptest! {
    #[test]
    fn sums_over_people_and_queues_are_the_sums_over_records(events in any_calls()) {
        let fold = folded(&events);
        let records = Totals::of_records(fold.known.calls.values());
        let statistics = Totals::of_rollup(&fold.rollup);
        prop_assert_eq!(reconcile(&records, &statistics), []);
        for counts in statistics.queues.values() {
            prop_assert_eq!(counts.answered + counts.missed + counts.abandoned, counts.offered());
            prop_assert!(counts.service_level().is_none_or(|level| (0.0..=1.0).contains(&level)));
        }
    }

    #[test]
    fn redelivery_changes_nothing(events in any_calls(), again in any::<prop::sample::Index>()) {
        let once = folded(&events);
        let mut repeated = events.clone();
        let from = again.index(events.len() + 1);
        repeated.extend_from_slice(&events[from..]);
        let twice = folded(&repeated);
        prop_assert_eq!(once.known.calls, twice.known.calls);
        prop_assert_eq!(once.rollup, twice.rollup);
        prop_assert_eq!(once.call_log, twice.call_log);
    }

    #[test]
    fn calls_may_be_interleaved_and_batches_cut_anywhere(events in any_calls(), cut in any::<prop::sample::Index>()) {
        let whole = folded(&events);
        let mut shuffled = events;
        // Stable: the order within a call stays, the order between calls changes.
        shuffled.sort_by_key(|event| event.origin.sequence);
        let (first, second) = shuffled.split_at(cut.index(shuffled.len() + 1));
        let first = folded(first);
        let mut both = Totals::of_rollup(&first.rollup);
        let mut rest = Fold::from(first.known);
        for event in second {
            rest.apply(event.clone());
        }
        for (key, counts) in Totals::of_rollup(&rest.rollup).people {
            both.people.entry(key).or_default().add(&counts);
        }
        for (key, counts) in Totals::of_rollup(&rest.rollup).queues {
            both.queues.entry(key).or_default().add(&counts);
        }
        prop_assert_eq!(whole.known.calls, rest.known.calls);
        prop_assert_eq!(Totals::of_rollup(&whole.rollup), both);
    }
}

#[test]
fn a_gap_is_told_and_the_rest_is_folded() {
    let (account, call) = (AccountId::generate(), CallId::generate());
    let at = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut fold = Fold::default();
    let noted = |sequence| event(account, sequence, at, Fact::Call(call, Step::Noted));
    assert_eq!(fold.apply(noted(1)), Verdict::Next);
    assert_eq!(fold.apply(noted(4)), Verdict::Gap { lost: 2 });
    assert_eq!(fold.apply(noted(4)), Verdict::Duplicate);
    let positions: Vec<_> = fold.call_log.iter().map(|logged| logged.position).collect();
    assert_eq!(positions, [1, 2], "the timeline has no gaps");
}
