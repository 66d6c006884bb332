//! A company at work: what nearly every story begins with.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use api::{
    directory::v1::{Queue, RingGroup, target::Kind},
    presence::v1::{Person, State},
    reporting::v1::{CallRecord, GetCallRecordRequest},
    routing::v1::{CallOutcome, EdgeCommand, edge_command::Action},
};
use company::{Company, Member, queue_members, ring_members};
use edge::Line;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use testkit::eventually;

use crate::world::World;

/// What must be so within a second is given a little more where a busy machine
/// is no failure of the mesh. Promises about time use [`A_SECOND`].
pub(crate) const SOON: Duration = Duration::from_secs(5);
pub(crate) const A_SECOND: Duration = Duration::from_secs(1);
const HIRED_AT_ONCE: usize = 4;

/// A company, its people at their phones, and a way to call it.
pub(crate) struct Office<'w> {
    pub(crate) company: Company,
    world: &'w World,
}

impl<'w> Office<'w> {
    /// A new company. The people come separately, so that a story can name
    /// them.
    pub(crate) async fn found(world: &'w World, name: &str) -> Self {
        Self {
            company: world.platform.found(name).await.unwrap(),
            world,
        }
    }

    /// Hires people and has them start work, in this order of idleness.
    pub(crate) async fn at_work<const N: usize>(&self, names: [&str; N]) -> [Member; N] {
        let hired = stream::iter(names).map(|name| self.company.hire(name, "Smith"));
        let mut hired: Vec<Member> = hired.buffered(HIRED_AT_ONCE).try_collect().await.unwrap();
        for member in &mut hired {
            member.start_work().await.unwrap();
        }
        hired.try_into().unwrap()
    }

    /// A queue with these members, and a number that leads to it. Returns once
    /// presence can reserve them for it.
    pub(crate) async fn queue(&self, members: &[&Member], queue: Queue) -> (Queue, String) {
        let queue = Queue {
            display_name: "Support".to_owned(),
            members: queue_members(members),
            wrap_up: queue.wrap_up.or(Some(prost_types::Duration::default())),
            ..queue
        };
        let queue = self.company.queue(queue).await.unwrap();
        for member in members {
            eventually(SOON, "presence hears of the queue", async || {
                member
                    .seen()
                    .await
                    .ok()
                    .filter(|seen| seen.queue_ids.contains(&queue.queue_id))
            })
            .await;
        }
        let number = self.number(Kind::QueueId(queue.queue_id.clone())).await;
        (queue, number)
    }

    /// A ring group with these members, and a number that leads to it.
    pub(crate) async fn ring_group(&self, members: &[&Member]) -> (RingGroup, String) {
        let group = RingGroup {
            display_name: "Sales".to_owned(),
            member_ids: ring_members(members),
            ..RingGroup::default()
        };
        let group = self.company.ring_group(group).await.unwrap();
        let number = self
            .number(Kind::RingGroupId(group.ring_group_id.clone()))
            .await;
        (group, number)
    }

    /// A number that leads there.
    pub(crate) async fn number(&self, leads_to: Kind) -> String {
        self.company.number(leads_to).await.unwrap().e164
    }

    /// Somebody calls.
    pub(crate) async fn call(&self, number: &str) -> Line {
        self.world.edge.dial(&caller(), number).await.unwrap()
    }

    /// What reporting says of a call once it is over and told.
    pub(crate) async fn record(&self, call_id: &str) -> CallRecord {
        self.record_within(SOON, call_id).await
    }

    pub(crate) async fn record_within(&self, within: Duration, call_id: &str) -> CallRecord {
        let records = self.company.owner().desk().records();
        eventually(within, "the record of the call is complete", async || {
            let request = GetCallRecordRequest {
                call_id: call_id.to_owned(),
            };
            let record = records
                .clone()
                .get_call_record(request)
                .await
                .ok()?
                .into_inner();
            (record.end_time.is_some() && record.outcome() != CallOutcome::Unspecified)
                .then_some(record)
        })
        .await
    }
}

/// A caller whom nobody else is.
fn caller() -> String {
    static CALLERS: AtomicU64 = AtomicU64::new(0);
    format!(
        "+4989{:08}",
        30_000_000 + CALLERS.fetch_add(1, Ordering::Relaxed)
    )
}

/// Waits until colleagues see somebody like this.
pub(crate) async fn becomes(member: &Member, state: State) -> Person {
    becomes_within(SOON, member, state).await
}

pub(crate) async fn becomes_within(within: Duration, member: &Member, state: State) -> Person {
    let what = format!("{} is {state:?}", member.name());
    eventually(within, &what, async || {
        member
            .seen()
            .await
            .ok()
            .filter(|seen| seen.state() == state)
    })
    .await
}

/// Rings the next phone, which has to be this one, answers, and is connected.
pub(crate) async fn answered_by(line: &mut Line, member: &Member) -> String {
    let ring = line.ring().await.unwrap();
    assert_eq!(ring.person_id, member.user_id(), "{} rings", member.name());
    line.ringing(&ring.leg_id).await.unwrap();
    assert!(
        line.answer(&ring).await.unwrap(),
        "{} has the call",
        member.name()
    );
    let connect = line.connect().await.unwrap();
    assert_eq!(
        [connect.leg_id.as_str(), &connect.other_leg_id],
        [line.leg_id(), &ring.leg_id]
    );
    ring.leg_id
}

/// The people whose phones have rung so far.
pub(crate) fn rung(line: &Line) -> Vec<String> {
    let person = |command: &EdgeCommand| match &command.action {
        Some(Action::Ring(ring)) => Some(ring.person_id.clone()),
        _ => None,
    };
    line.past().iter().filter_map(person).collect()
}

/// A length of time, as the wire writes it.
pub(crate) fn seconds(seconds: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds, nanos: 0 })
}

/// A length of time, as a number.
pub(crate) fn as_seconds(duration: Option<prost_types::Duration>) -> f64 {
    duration.map_or(0.0, |duration| {
        duration.seconds as f64 + f64::from(duration.nanos) / 1e9
    })
}
