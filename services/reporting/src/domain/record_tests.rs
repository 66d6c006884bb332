use ids::LegId;

use super::*;
use crate::domain::statistics::{PersonCounts, QueueCounts};

struct Story {
    record: CallRecord,
    rollup: Rollup,
    at: DateTime<Utc>,
}

impl Story {
    fn new() -> Self {
        let at = "2026-03-01T12:00:00Z".parse().unwrap();
        let record = CallRecord::new(AccountId::generate(), CallId::generate(), at);
        Self {
            record,
            rollup: Rollup::default(),
            at,
        }
    }

    fn step(&mut self, after_seconds: i64, step: Step) -> &mut Self {
        self.at += TimeDelta::seconds(after_seconds);
        self.record.apply(step, self.at, &mut self.rollup);
        self
    }

    fn person(&self, person: UserId) -> PersonCounts {
        let of = self
            .rollup
            .people
            .iter()
            .filter(|((_, id, _), _)| *id == person);
        of.fold(PersonCounts::default(), |mut sum, (_, counts)| {
            sum.add(counts);
            sum
        })
    }

    fn queue(&self, queue: QueueId) -> QueueCounts {
        let of = self
            .rollup
            .queues
            .iter()
            .filter(|((_, id, _), _)| *id == queue);
        of.fold(QueueCounts::default(), |mut sum, (_, counts)| {
            sum.add(counts);
            sum
        })
    }
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

fn offer(person: UserId, via: impl ToString) -> Offer {
    Offer {
        leg: LegId::generate(),
        person: Some(person),
        via: Via::new(via.to_string()),
    }
}

fn queued(queue: QueueId) -> Step {
    Step::Queued {
        queue,
        service_level: seconds(20),
        short_abandon: seconds(5),
    }
}

fn left(queue: QueueId, exit: QueueExit, waited: i64) -> Step {
    Step::LeftQueue {
        queue,
        exit,
        waited: seconds(waited),
    }
}

#[test]
fn missed_by_one_and_answered_by_another() {
    let (queue, anna, ben) = (QueueId::generate(), UserId::generate(), UserId::generate());
    let (to_anna, to_ben) = (offer(anna, queue), offer(ben, queue));
    let mut story = Story::new();
    story
        .step(
            0,
            Step::Arrived {
                from: "+4930123".into(),
                dialled: "+4930456".into(),
                number: None,
            },
        )
        .step(0, queued(queue))
        .step(0, Step::Offered(to_anna.clone()))
        .step(
            15,
            Step::OfferEnded {
                offer: to_anna,
                end: OfferEnd::Missed,
                rang: seconds(15),
            },
        )
        .step(0, Step::Offered(to_ben.clone()))
        .step(
            4,
            Step::Answered {
                offer: to_ben,
                rang: seconds(4),
            },
        )
        .step(0, left(queue, QueueExit::Answered, 19))
        .step(
            60,
            Step::Ended {
                outcome: CallOutcome::Answered,
                person: Some(ben),
                via: Via::new(queue.to_string()),
                talked: seconds(60),
                held: seconds(10),
            },
        );
    let record = &story.record;
    assert_eq!(
        (record.outcome, record.person),
        (CallOutcome::Answered, Some(ben))
    );
    assert_eq!(record.answered, Some(record.arrived + seconds(19)));
    assert_eq!(
        record.legs.iter().map(|leg| leg.end).collect::<Vec<_>>(),
        [OfferEnd::Missed, OfferEnd::Unspecified]
    );
    assert_eq!(
        record.legs[1].ended, record.ended,
        "the talk ends with the call"
    );
    assert_eq!(
        (story.person(anna).missed, story.person(anna).offered()),
        (1, 1)
    );
    let ben = story.person(ben);
    assert_eq!(
        (ben.answered, ben.talk, ben.hold),
        (1, seconds(50), seconds(10))
    );
    assert_eq!(ben.average_handling_time(), Some(seconds(60)));
    assert_eq!(ben.average_time_to_answer(), Some(seconds(4)));
    let queue = story.queue(queue);
    assert_eq!(
        (queue.offered(), queue.answered, queue.in_threshold),
        (1, 1, 1)
    );
    assert_eq!(
        (queue.average_speed_of_answer(), queue.service_level()),
        (Some(seconds(19)), Some(1.0))
    );
}

#[test]
fn who_hangs_up_early_does_not_spoil_the_service_level() {
    let queue = QueueId::generate();
    let mut story = Story::new();
    story
        .step(0, queued(queue))
        .step(4, left(queue, QueueExit::Abandoned, 4));
    assert_eq!(story.queue(queue).service_level(), None);
    story
        .step(0, queued(queue))
        .step(5, left(queue, QueueExit::Abandoned, 5));
    let counts = story.queue(queue);
    assert_eq!((counts.abandoned, counts.short_abandoned), (2, 1));
    assert_eq!(counts.service_level(), Some(0.0));
}

#[test]
fn the_threshold_itself_is_within() {
    let queue = QueueId::generate();
    for (waited, within) in [(20, 1), (21, 0)] {
        let mut story = Story::new();
        story
            .step(0, queued(queue))
            .step(waited, left(queue, QueueExit::Answered, waited));
        assert_eq!(story.queue(queue).in_threshold, within, "{waited}");
    }
}

#[test]
fn a_caller_at_a_full_line_was_offered_and_missed() {
    let queue = QueueId::generate();
    let mut story = Story::new();
    story.step(0, left(queue, QueueExit::Full, 0));
    let counts = story.queue(queue);
    assert_eq!(
        (counts.offered(), counts.missed, counts.wait),
        (1, 1, seconds(0))
    );
    assert_eq!(story.record.waits.len(), 1);
}

#[test]
fn an_offer_is_settled_once() {
    let (anna, extension) = (UserId::generate(), "ext_01h455vb4pex5vsknk084sn02q");
    let offered = offer(anna, extension);
    let taken = Step::OfferEnded {
        offer: offered.clone(),
        end: OfferEnd::Taken,
        rang: seconds(3),
    };
    let mut story = Story::new();
    story
        .step(0, Step::Offered(offered.clone()))
        .step(0, Step::Offered(offered.clone()))
        .step(
            3,
            Step::Answered {
                offer: offered,
                rang: seconds(3),
            },
        )
        .step(0, taken.clone())
        .step(0, taken);
    let counts = story.person(anna);
    assert_eq!(
        (counts.offered(), counts.answered, story.record.legs.len()),
        (1, 1, 1)
    );
}

#[test]
fn an_offer_whose_begin_was_lost_still_counts() {
    let anna = UserId::generate();
    let mut story = Story::new();
    let lost = offer(anna, "rgr_01h455vb4pex5vsknk084sn02q");
    story.step(
        9,
        Step::OfferEnded {
            offer: lost,
            end: OfferEnd::Unspecified,
            rang: seconds(9),
        },
    );
    assert_eq!(story.person(anna).withdrawn, 1);
    assert_eq!(story.record.legs[0].offered, story.record.arrived);
}

#[test]
fn a_second_end_changes_nothing() {
    let anna = UserId::generate();
    let ended = |outcome| Step::Ended {
        outcome,
        person: Some(anna),
        via: Via::default(),
        talked: seconds(10),
        held: seconds(99),
    };
    let mut story = Story::new();
    story
        .step(0, ended(CallOutcome::Answered))
        .step(1, ended(CallOutcome::Failed));
    assert_eq!(story.record.outcome, CallOutcome::Answered);
    assert_eq!(
        (story.person(anna).talk, story.person(anna).hold),
        (seconds(0), seconds(10))
    );
}
