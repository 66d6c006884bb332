//! Two floors side by side: the scripts on Redis, and the model.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, TimeDelta};
use ids::{AccountId, CallId, DeviceId, LegId, QueueId, UserId};
use live::Partition;
use presence::{
    Error,
    domain::{Choice, Enrolment, Floor, Instant, Membership, Queue, Refusal, Seat, Source, Strategy, Token},
    live::{Claim, Fate, ModeChange, OfferTo, Opening, Store},
};
use proptest::{prelude::*, strategy::Strategy as _};
use testkit::Backends;

use super::step::{CALLS, DEVICES, Knows, PEOPLE, QUEUES, Step};

/// How the queues choose.
#[derive(Debug, Clone)]
pub(super) struct Setting([Strategy; QUEUES]);

impl Arbitrary for Setting {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        let strategy = || prop::sample::select(vec![
            Strategy::LongestIdle,
            Strategy::RoundRobin,
            Strategy::LeastCalls,
            Strategy::Linear,
            Strategy::Random,
        ]);
        [strategy(), strategy()].prop_map(Self).boxed()
    }
}

pub(super) struct World {
    pub(super) floor: Floor,
    pub(super) live: live::Live,
    pub(super) store: Store,
    pub(super) account: AccountId,
    pub(super) people: Vec<UserId>,
    pub(super) queues: Vec<QueueId>,
    devices: Vec<Vec<DeviceId>>,
    calls: Vec<CallId>,
    strategies: [Strategy; QUEUES],
    pub(super) now: Instant,
    /// Operations so far, and the last one whose answer is remembered.
    operations: u32,
    last: Option<(Deed, String)>,
    version: i64,
    pub(super) seen: super::check::Seen,
}

/// A step with everything that it depends on, so that it can be repeated word for word.
#[derive(Debug, Clone)]
struct Deed {
    step: Step,
    number: u32,
    token: Token,
}

impl World {
    pub(super) async fn new(setting: &Setting) -> Self {
        let live = Backends::get().live();
        let mut queues: Vec<_> = (0..QUEUES).map(|_| QueueId::generate()).collect();
        queues.sort_unstable();
        let telephones = |_| (0..DEVICES).map(|_| DeviceId::generate()).collect();
        let mut world = Self {
            floor: Floor::default(),
            store: Store::new(live.clone(), Duration::from_secs(600)),
            live,
            account: AccountId::generate(),
            people: (0..PEOPLE).map(|_| UserId::generate()).collect(),
            queues,
            devices: (0..PEOPLE).map(telephones).collect(),
            calls: (0..CALLS).map(|_| CallId::generate()).collect(),
            strategies: setting.0,
            now: DateTime::from_timestamp_millis(1_800_000_000_000).unwrap(),
            operations: 0,
            last: None,
            version: 1,
            seen: super::check::Seen::default(),
        };
        world.begin().await;
        world
    }

    pub(super) fn partition(&self) -> Partition {
        Partition::of(self.account)
    }

    /// Everybody is in every queue, with a telephone that lives a while.
    async fn begin(&mut self) {
        self.set_clock().await;
        let opened = self.store.open(self.partition(), 0, Duration::ZERO).await.unwrap();
        let Opening::Open { epoch } = opened else { panic!("a new partition opens at once") };
        self.floor.last = Some(Token { epoch, fence: 0 });
        let queues = self.queues.iter().copied().zip(self.strategies).collect();
        self.store.begin_plan(self.account, self.version, &queues).await.unwrap();
        for (queue, strategy) in queues {
            self.floor.queues.insert(queue, Queue { strategy, turn: 0 });
        }
        for person in 0..PEOPLE {
            let everywhere = (0..QUEUES).map(|queue| (queue, 1, false)).collect();
            let hired = Step::Enroll { person, queues: everywhere, devices: DEVICES };
            self.take(&hired).await.unwrap();
            self.take(&Step::Heartbeat { person, device: 0, seconds: 120 }).await.unwrap();
        }
    }

    async fn set_clock(&self) {
        let key = self.live.keys().key(self.partition(), "clock");
        let now = self.now.timestamp_millis();
        let _: () = self.live.command("SET").key(&key).arg(now).run().await.unwrap();
    }

    /// One step on both sides; their answers must be the same.
    pub(super) async fn take(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Wait { ms } => {
                self.now += TimeDelta::milliseconds(i64::try_from(*ms).unwrap());
                self.set_clock().await;
                Ok(())
            }
            Step::Repeat => {
                let Some((deed, first)) = self.last.clone() else { return Ok(()) };
                let again = self.on_redis(&deed).await;
                same(&deed.step, &first, &again)
            }
            step => {
                self.operations += 1;
                let step = &self.aimed(step.clone());
                let token = self.token_for(step);
                let deed = Deed { step: step.clone(), number: self.operations, token };
                let remembered = self.is_remembered(&deed);
                if matches!(step, Step::Enroll { .. } | Step::Dismiss { .. }) {
                    self.version += 1;
                }
                let real = self.on_redis(&deed).await;
                let model = self.on_model(&deed);
                if remembered && model.starts_with("Ok") && model != "Ok(None)" {
                    self.last = Some((deed, model.clone()));
                }
                same(step, &model, &real)
            }
        }
    }

    /// Whether the answer of this is kept for repeats.
    fn is_remembered(&self, deed: &Deed) -> bool {
        match &deed.step {
            Step::Reserve { .. } | Step::Offer { .. } | Step::Answer { .. } | Step::Withdraw { .. } => true,
            Step::Decline { person, .. } => self.floor.people.contains_key(&self.people[*person]),
            _ => false,
        }
    }

    /// Who knows the current token knows for which call it is: without this, most answers would
    /// go to calls that ring nobody, and few stories would get to their end.
    fn aimed(&self, mut step: Step) -> Step {
        let (Step::Answer { call, person, token: Knows::Current, .. }
        | Step::Decline { call, person, token: Knows::Current, .. }
        | Step::Renew { call, person, token: Knows::Current, .. }
        | Step::Release { call, person, token: Knows::Current, .. }) = &mut step
        else {
            return step;
        };
        let Some(found) = self.floor.people.get(&self.people[*person]) else { return step };
        let current = found.lock.map(|lock| lock.call).or(found.offers.keys().next().copied());
        if let Some(at) = self.calls.iter().position(|known| Some(*known) == current) {
            *call = at;
        }
        step
    }

    /// The token that the caller of a step has.
    fn token_for(&self, step: &Step) -> Token {
        let (call, person, knows) = match step {
            Step::Answer { call, person, token, .. }
            | Step::Decline { call, person, token, .. }
            | Step::Renew { call, person, token, .. }
            | Step::Release { call, person, token, .. } => (self.calls[*call], *person, *token),
            _ => return Token { epoch: 1, fence: 1 },
        };
        let found = self.floor.people.get(&self.people[person]);
        let lock = found.and_then(|found| found.lock).filter(|lock| lock.call == call);
        let offer = found.and_then(|found| found.offers.get(&call));
        let current = lock.map(|lock| lock.token).or(offer.map(|offer| offer.token));
        let mut token = current.or(self.floor.last).unwrap();
        match knows {
            Knows::Current => {}
            Knows::Older => token.epoch -= 1,
            Knows::Newer => token.fence += 1_000,
        }
        token
    }

    async fn on_redis(&self, deed: &Deed) -> String {
        let (account, name) = (self.account, format!("operation {}", deed.number));
        let (store, name) = (&self.store, name.as_str());
        let claim = |person: &usize, call: &usize| Claim {
            person: self.people[*person],
            call: self.calls[*call],
            token: deed.token,
        };
        match &deed.step {
            Step::Wait { .. } | Step::Repeat => String::new(),
            Step::Tick { person } => {
                store.tick(self.partition(), self.people[*person]).await.unwrap();
                String::new()
            }
            Step::Heartbeat { person, device, seconds } => {
                let device = self.device(*person, *device, deed.number);
                let lease = Duration::from_secs(*seconds);
                said(store.heartbeat(account, self.people[*person], device, lease).await)
            }
            Step::SetMode { person, by_admin, .. } => {
                let choice = self.choice(&deed.step);
                let change = ModeChange {
                    mode: choice.mode,
                    source: choice.source,
                    actor: if *by_admin { self.people[0] } else { self.people[*person] },
                    until: choice.until,
                    note: choice.note.unwrap_or_default(),
                };
                said(store.set_mode(account, name, self.people[*person], &change).await.map(drop))
            }
            Step::NextMode { person, mode } => {
                said(store.queue_next_mode(account, name, self.people[*person], *mode).await.map(drop))
            }
            Step::EndWrapUp { person } => {
                said(store.end_wrap_up(account, name, self.people[*person]).await.map(drop))
            }
            Step::ReturnToReady { person } => {
                said(store.return_to_ready(account, name, self.people[*person]).await.map(drop))
            }
            Step::LogIn { person, queue, joins } => {
                let (person, queue) = (self.people[*person], self.queues[*queue]);
                said(store.log_in(account, name, person, queue, *joins).await.map(drop))
            }
            Step::Reserve { queue, call, seconds, avoid } => {
                let target = (self.queues[*queue], self.calls[*call]);
                let lease = Duration::from_secs(*seconds);
                let draw = lot(deed.number);
                let answer = store.reserve(account, name, target, lease, draw, &self.named(avoid)).await;
                said(answer.map(|reserved| reserved.placed))
            }
            Step::Offer { call, kind, people, limit, order, seconds } => {
                let lease = Duration::from_secs(*seconds);
                let people = &self.named(people);
                let to = OfferTo { people, kind: *kind, limit: *limit, order: *order, lease };
                said(store.offer(account, name, self.calls[*call], to, false).await)
            }
            Step::Answer { call, person, losers, seconds, .. } => {
                let (losers, lease) = (self.named(losers), Duration::from_secs(*seconds));
                said(store.answer(account, name, claim(person, call), leg(deed), &losers, lease).await)
            }
            Step::Decline { call, person, pass, max_misses, .. } => {
                said(store.decline(account, name, claim(person, call), *pass, *max_misses).await)
            }
            Step::Withdraw { call, people } => {
                said(store.withdraw(account, name, self.calls[*call], &self.named(people)).await)
            }
            Step::Renew { person, call, seconds, .. } => {
                let lease = Duration::from_secs(*seconds);
                let fates = store.renew(account, &[claim(person, call)], lease).await;
                said(fates.map(|fates| fates == [Fate::Held]))
            }
            Step::Release { call, person, wrap_up_ms, queue, .. } => {
                let rest = Duration::from_millis(*wrap_up_ms);
                let queue = queue.map(|queue| self.queues[queue]);
                said(store.release(account, claim(person, call), rest, queue).await)
            }
            Step::Enroll { person, .. } => {
                let plan = self.enrolment(&deed.step);
                let seat = Seat { devices: plan.devices, memberships: plan.memberships };
                said(store.enroll(account, self.version, self.people[*person], &seat, "").await.map(drop))
            }
            Step::Dismiss { person } => {
                said(store.dismiss(account, self.version, self.people[*person]).await.map(drop))
            }
        }
    }

    fn on_model(&mut self, deed: &Deed) -> String {
        let now = self.now;
        let (token, number) = (deed.token, deed.number);
        let delta = |seconds: &u64| TimeDelta::seconds(i64::try_from(*seconds).unwrap());
        match &deed.step {
            Step::Wait { .. } | Step::Repeat => String::new(),
            Step::Tick { person } => {
                self.floor.tick(self.people[*person], now);
                String::new()
            }
            Step::Heartbeat { person, device, seconds } => {
                let device = self.device(*person, *device, number);
                held(self.floor.heartbeat(self.people[*person], device, delta(seconds), now))
            }
            Step::SetMode { person, .. } => {
                let choice = self.choice(&deed.step);
                held(self.floor.set_mode(self.people[*person], choice, now))
            }
            Step::NextMode { person, mode } => {
                held(self.floor.queue_next_mode(self.people[*person], *mode, now))
            }
            Step::EndWrapUp { person } => held(self.floor.end_wrap_up(self.people[*person], now)),
            Step::ReturnToReady { person } => held(self.floor.return_to_ready(self.people[*person], now)),
            Step::LogIn { person, queue, joins } => {
                held(self.floor.log_in(self.people[*person], self.queues[*queue], *joins, now))
            }
            Step::Reserve { queue, call, seconds, avoid } => {
                let avoid: BTreeSet<_> = self.named(avoid).into_iter().collect();
                let (queue, call, draw) = (self.queues[*queue], self.calls[*call], lot(number).into());
                held(self.floor.reserve(queue, call, delta(seconds), draw, &avoid, now))
            }
            Step::Offer { call, kind, people, limit, order, seconds } => {
                let (people, rule) = (self.named(people), (*limit as usize, *order));
                let call = self.calls[*call];
                held(Ok(self.floor.offer(call, *kind, &people, rule, delta(seconds), now)))
            }
            Step::Answer { call, person, losers, seconds, .. } => {
                let losers = self.named(losers);
                let (call, person) = ((self.calls[*call], leg(deed)), self.people[*person]);
                held(self.floor.answer(call, person, token, &losers, delta(seconds), now))
            }
            Step::Decline { call, person, pass, max_misses, .. } => {
                let (call, person) = (self.calls[*call], self.people[*person]);
                held(Ok(self.floor.decline(call, person, token, *pass, *max_misses, now)))
            }
            Step::Withdraw { call, people } => {
                let people = self.named(people);
                held(Ok(self.floor.withdraw(self.calls[*call], &people, now)))
            }
            Step::Renew { person, call, seconds, .. } => {
                let (person, call) = (self.people[*person], self.calls[*call]);
                held(Ok(self.floor.renew(person, call, token, delta(seconds), now)))
            }
            Step::Release { call, person, wrap_up_ms, queue, .. } => {
                let rest = TimeDelta::milliseconds(i64::try_from(*wrap_up_ms).unwrap());
                let from = (self.calls[*call], queue.map(|queue| self.queues[queue]));
                held(Ok(self.floor.release(from, self.people[*person], token, rest, now)))
            }
            Step::Enroll { .. } => {
                let plan = self.enrolment(&deed.step);
                let first = now.timestamp_millis().unsigned_abs();
                self.floor.enrol(&plan, first, now);
                held(Ok(()))
            }
            Step::Dismiss { person } => {
                self.floor.dismiss(self.people[*person], now);
                held(Ok(()))
            }
        }
    }

    fn named(&self, people: &[usize]) -> Vec<UserId> {
        people.iter().map(|person| self.people[*person]).collect()
    }

    /// One of the person's telephones, or one that is nobody's.
    fn device(&self, person: usize, device: usize, number: u32) -> DeviceId {
        let nobodys = DeviceId::from_uuid(uuid_of(number));
        self.devices[person].get(device).copied().unwrap_or(nobodys)
    }

    fn choice(&self, step: &Step) -> Choice {
        let Step::SetMode { person, mode, until_ms, by_admin } = step else { panic!("{step:?}") };
        let actor = if *by_admin { self.people[0] } else { self.people[*person] };
        Choice {
            mode: *mode,
            source: if *by_admin { Source::Admin } else { Source::Person },
            actor: Some(actor.to_string()),
            until: until_ms.map(|ms| self.now + TimeDelta::milliseconds(i64::try_from(ms).unwrap())),
            note: by_admin.then(|| "because: I say so, \"ok\"".to_owned()),
        }
    }

    fn enrolment(&self, step: &Step) -> Enrolment {
        let Step::Enroll { person, queues, devices } = step else { panic!("{step:?}") };
        let place = |(queue, tier, dynamic): &(usize, u8, bool)| Membership {
            queue: self.queues[*queue],
            tier: *tier,
            dynamic: *dynamic,
            strategy: self.strategies[*queue],
            order: u16::try_from(*person).unwrap() + 1,
        };
        Enrolment {
            person: self.people[*person],
            devices: self.devices[*person][..*devices].to_vec(),
            memberships: queues.iter().map(place).collect(),
        }
    }
}

fn same(step: &Step, model: &str, real: &str) -> Result<(), String> {
    if model == real {
        Ok(())
    } else {
        Err(format!("answers to {step:?} differ\n model: {model}\n redis: {real}"))
    }
}

fn held<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> String {
    format!("{answer:?}")
}

fn said<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    let answer = answer.map_err(|error| match error {
        Error::PersonUnknown => Refusal::PersonUnknown,
        Error::DeviceUnknown => Refusal::DeviceUnknown,
        Error::QueueUnknown => Refusal::QueueUnknown,
        Error::NotAMember => Refusal::NotAMember,
        Error::OfferGone => Refusal::OfferGone,
        Error::PersonBusy { held_by } => Refusal::PersonBusy(held_by),
        Error::TokenStale => Refusal::TokenStale,
        error => panic!("{error:?}"),
    });
    held(answer)
}

fn leg(deed: &Deed) -> LegId {
    LegId::from_uuid(uuid_of(deed.number))
}

fn uuid_of(number: u32) -> uuid::Uuid {
    uuid::Uuid::from_u128(number.into())
}

fn lot(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761)
}
