//! Everything that must agree after every step.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Debug,
};

use api::presence::v1;
use futures::future::try_join_all;
use ids::{QueueId, UserId};
use live::Key;
use presence::domain::{Event, Person};
use prost::Message;

use super::world::World;

/// How far the events have been compared.
#[derive(Debug, Default)]
pub(super) struct Seen {
    place: String,
    events: usize,
}

impl World {
    /// Compares Redis with the model.
    pub(super) async fn compare(&mut self) -> Result<(), String> {
        // All reads at once: a round trip's time, not a dozen.
        let queues = self.queues.iter().map(|queue| self.compare_queue(*queue));
        let (people, queues, timers) = tokio::join!(
            self.compare_people(),
            try_join_all(queues),
            self.compare_timers()
        );
        people.and(queues.map(drop)).and(timers)?;
        self.compare_events().await
    }

    async fn compare_people(&self) -> Result<(), String> {
        let real = self.store.people(self.account, &self.people).await.unwrap();
        let wanted = self
            .people
            .iter()
            .filter_map(|id| self.floor.people.get(id).cloned());
        agree("a person", &wanted.collect(), &real)?;
        let known: BTreeSet<_> = self.floor.people.keys().copied().collect();
        agree(
            "people",
            &known,
            &self.store.everybody(self.account).await.unwrap(),
        )
    }

    async fn compare_queue(&self, queue: QueueId) -> Result<(), String> {
        let key = self.key(format_args!("ready:{queue}"));
        let run = self
            .live
            .command("ZRANGE")
            .key(&key)
            .arg(0)
            .arg(-1)
            .arg("WITHSCORES");
        let line: Vec<(String, f64)> = run.run().await.unwrap();
        let line: Vec<_> = line
            .iter()
            .map(|(id, score)| (*score as u64, id.parse().unwrap()))
            .collect();
        agree("ready index", &self.floor.ready_line(queue), &line)?;

        let attends = |person: &&Person| {
            person.attends() && person.logged_in().any(|place| place.queue == queue)
        };
        let wanted: BTreeSet<_> = self
            .floor
            .people
            .values()
            .filter(attends)
            .map(|person| person.id)
            .collect();
        let key = self.key(format_args!("attending:{queue}"));
        let real: Vec<String> = self.live.command("SMEMBERS").key(&key).run().await.unwrap();
        agree(
            "attending",
            &wanted,
            &real.iter().map(|id| id.parse().unwrap()).collect(),
        )
    }

    /// A timer may be early, never late, and nobody is without one who needs it.
    async fn compare_timers(&self) -> Result<(), String> {
        let key = self.key("timers");
        let run = self
            .live
            .command("ZRANGE")
            .key(&key)
            .arg(0)
            .arg(-1)
            .arg("WITHSCORES");
        let timers: Vec<(String, f64)> = run.run().await.unwrap();
        let timers: HashMap<_, _> = timers.into_iter().collect();
        for person in self.floor.people.values() {
            let Some(deadline) = first_deadline(person) else {
                continue;
            };
            let armed = timers.get(&person.id.to_string());
            if armed.is_none_or(|armed| *armed > deadline as f64) {
                return Err(format!(
                    "timer of {}: {armed:?}, deadline {deadline}",
                    person.id
                ));
            }
        }
        let strangers: Vec<_> = timers
            .keys()
            .filter(|id| {
                !self
                    .floor
                    .people
                    .contains_key(&id.parse::<UserId>().unwrap())
            })
            .collect();
        agree("timers of nobody", &Vec::<&String>::new(), &strangers)
    }

    async fn compare_events(&mut self) -> Result<(), String> {
        let key = self.live.keys().events(self.partition());
        let start = if self.seen.place.is_empty() {
            "-".to_owned()
        } else {
            format!("({}", self.seen.place)
        };
        let entries: Vec<(String, Vec<Vec<u8>>)> = self
            .live
            .command("XRANGE")
            .key(&key)
            .arg(start)
            .arg("+")
            .run()
            .await
            .unwrap();
        let mut real: BTreeMap<String, Vec<v1::PersonEvent>> = BTreeMap::new();
        for (place, fields) in entries {
            let event = read(&fields, self.account.to_string())?;
            real.entry(event.person_id.clone()).or_default().push(event);
            self.seen.place = place;
        }
        let mut wanted: BTreeMap<String, Vec<v1::PersonEvent>> = BTreeMap::new();
        for event in &self.floor.events[self.seen.events..] {
            wanted
                .entry(event.person.to_string())
                .or_default()
                .push(wire(event));
        }
        self.seen.events = self.floor.events.len();
        // By person: between people there is no order.
        agree("events", &wanted, &real)
    }

    /// Bugs to plant.
    pub(super) async fn put_everybody_into(&self, queue: QueueId) {
        for person in &self.people {
            let key = self.key(format_args!("ready:{queue}"));
            let _: () = self
                .live
                .command("ZADD")
                .key(&key)
                .arg(1)
                .text(person)
                .run()
                .await
                .unwrap();
        }
    }

    pub(super) async fn drop_last_event(&self) {
        let key = self.live.keys().events(self.partition());
        let last: Vec<(String, Vec<Vec<u8>>)> = self
            .live
            .command("XREVRANGE")
            .key(&key)
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(1)
            .run()
            .await
            .unwrap();
        let _: () = self
            .live
            .command("XDEL")
            .key(&key)
            .arg(&last[0].0)
            .run()
            .await
            .unwrap();
    }

    pub(super) async fn unlock(&self, person: UserId) {
        let key = self.key(format_args!("person:{person}"));
        let _: () = self
            .live
            .command("HDEL")
            .key(&key)
            .arg("lock_call")
            .run()
            .await
            .unwrap();
    }

    pub(super) async fn stop_timers(&self) {
        let _: () = self
            .live
            .command("DEL")
            .key(&self.key("timers"))
            .run()
            .await
            .unwrap();
    }

    /// Nothing of the story stays in Redis.
    pub(super) async fn leave(&self) {
        let tag = self.live.keys().key(self.partition(), "").to_string();
        let keys: Vec<String> = self
            .live
            .command("KEYS")
            .arg(format!("{tag}*"))
            .run()
            .await
            .unwrap();
        let _: () = self.live.command("DEL").arg(keys).run().await.unwrap();
    }

    fn key(&self, rest: impl std::fmt::Display) -> Key {
        self.live
            .keys()
            .key(self.partition(), format_args!("presence:{rest}"))
    }
}

fn agree<T: PartialEq + Debug>(what: &str, model: &T, real: &T) -> Result<(), String> {
    if model == real {
        Ok(())
    } else {
        Err(format!(
            "{what} differs\n model: {model:?}\n redis: {real:?}"
        ))
    }
}

fn first_deadline(person: &Person) -> Option<i64> {
    let lock = person.lock.map(|lock| lock.expires);
    let rest = person.wrap_up.map(|rest| rest.until);
    let ends = person
        .devices
        .values()
        .copied()
        .chain(person.offers.values().map(|offer| offer.expires));
    let first = ends
        .chain(lock)
        .chain(rest)
        .chain(person.choice.until)
        .min();
    first.map(|first| first.timestamp_millis())
}

fn read(fields: &[Vec<u8>], account: String) -> Result<v1::PersonEvent, String> {
    let fields: HashMap<_, _> = fields
        .chunks_exact(2)
        .map(|pair| (String::from_utf8_lossy(&pair[0]), pair[1].as_slice()))
        .collect();
    let text = |name| String::from_utf8_lossy(fields[name]).into_owned();
    let event = v1::PersonEvent::decode(fields["body"]).map_err(|error| error.to_string())?;
    agree(
        "envelope type",
        &"strowger.presence.v1.PersonEvent".to_owned(),
        &text("typ"),
    )?;
    agree("envelope account", &account, &text("acc"))?;
    agree("envelope subject", &event.person_id, &text("sub"))?;
    agree(
        "envelope sequence",
        &event.version.to_string(),
        &text("seq"),
    )?;
    Ok(event)
}

fn wire(event: &Event) -> v1::PersonEvent {
    v1::PersonEvent {
        person_id: event.person.to_string(),
        state: v1::State::from(event.state).into(),
        previous_state: v1::State::from(event.previous).into(),
        previous_state_time: Some(prost_types::Timestamp {
            seconds: event.previous_since.timestamp(),
            nanos: event.previous_since.timestamp_subsec_nanos() as i32,
        }),
        call_id: event.call.map(String::from).unwrap_or_default(),
        queue_id: event.queue.map(String::from).unwrap_or_default(),
        cause: v1::Cause::from(event.cause).into(),
        version: event.version as i64,
        mode: v1::Mode::from(event.mode).into(),
    }
}
