//! I1: at most one call per person, however many want them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use api::{
    directory::v1::QueueStrategy,
    presence::v1::{Cause, DeclineReason, PersonEvent, State},
};
use futures::future::join_all;
use live::event::{Follower, Offset};
use prost::Message;

use crate::office::{Office, Worker};

const CLIENTS: usize = 200;
const ROUNDS: usize = 4;

/// Who has whom, as the callers see it: the other witness besides the events.
type Connected = Arc<Mutex<HashMap<String, String>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_fight_for_ten() {
    let mut office = Office::open().await;
    let team = office.hire(10).await;
    let queue = office.queue(QueueStrategy::LongestIdle, &team).await;
    let connected = Connected::default();
    let floor = office.routing();
    let fights = (0..CLIENTS).map(|client| {
        let (team, connected) = (team.clone(), connected.clone());
        let calls: Vec<_> = (0..ROUNDS)
            .map(|_| crate::floor::Call {
                floor: floor.clone(),
                ..office.call()
            })
            .collect();
        tokio::spawn(async move {
            let mut answered = 0;
            for (round, call) in calls.into_iter().enumerate() {
                let Some(found) = call.insist(queue).await else {
                    continue;
                };
                let worker = *team
                    .iter()
                    .find(|worker| worker.id.to_string() == found.person_id)
                    .unwrap();
                let token = found.token.unwrap();
                if (client + round) % 5 == 0 {
                    call.decline(worker, token, DeclineReason::Declined, 0)
                        .await;
                    continue;
                }
                let token = call.answer(worker, token).await.unwrap().token.unwrap();
                enter(&connected, worker, &call.id.to_string());
                tokio::task::yield_now().await;
                leave(&connected, worker);
                call.release(worker, token, None).await;
                answered += 1;
            }
            answered
        })
    });
    let answered: u32 = join_all(fights).await.into_iter().map(Result::unwrap).sum();
    assert!(answered > CLIENTS as u32 / 2, "{answered} answered");

    let history = events(&office).await;
    for worker in &team {
        assert_eq!(office.state_of(*worker).await, State::Available);
        check(&history[&worker.id.to_string()]);
    }
    let told: usize = history
        .values()
        .flatten()
        .filter(|event| event.cause() == Cause::Answered)
        .count();
    assert_eq!(told, answered as usize);
}

impl crate::floor::Call {
    /// Asks again while nobody is free, for a while.
    async fn insist(&self, queue: ids::QueueId) -> Option<api::presence::v1::Reservation> {
        for _ in 0..200 {
            let found = self.reserve(queue).await.reservation;
            if found.is_some() {
                return found;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        None
    }
}

fn enter(connected: &Connected, worker: Worker, call: &str) {
    let other = connected
        .lock()
        .unwrap()
        .insert(worker.id.to_string(), call.to_owned());
    assert_eq!(other, None, "{call} got somebody who is on a call");
}

fn leave(connected: &Connected, worker: Worker) {
    connected.lock().unwrap().remove(&worker.id.to_string());
}

/// No second call before the end of the first, no version left out, and every event goes on from
/// the state in which the one before ended.
fn check(history: &[PersonEvent]) {
    let mut holder: Option<&str> = None;
    for pair in history.windows(2) {
        assert_eq!(pair[1].version, pair[0].version + 1);
        assert_eq!(pair[1].previous_state, pair[0].state);
    }
    for event in history {
        let call = event.call_id.as_str();
        match event.cause() {
            Cause::Offered => {
                assert_eq!(holder, None, "{call} is offered to somebody who is held");
                holder = Some(call);
            }
            Cause::Answered => assert_eq!(holder, Some(call)),
            Cause::Declined | Cause::Released => assert_eq!(holder.take(), Some(call)),
            Cause::Connected | Cause::Membership => {}
            other => panic!("{other:?} has no place in this story"),
        }
    }
    assert_eq!(holder, None);
}

/// The events of every person, in order.
async fn events(office: &Office) -> HashMap<String, Vec<PersonEvent>> {
    let partition = live::Partition::of(office.account);
    let mut follower = Follower::new(&office.live);
    let mut place = Offset::START;
    let mut history: HashMap<String, Vec<PersonEvent>> = HashMap::new();
    loop {
        let page = follower
            .read(&[(partition, place)], 1000, std::time::Duration::ZERO)
            .await
            .unwrap();
        let Some(last) = page.last() else {
            return history;
        };
        place = last.offset;
        for entry in page {
            let event = entry.event.unwrap();
            let body = PersonEvent::decode(event.body).unwrap();
            history.entry(event.subject).or_default().push(body);
        }
    }
}
