//! Two floors side by side: the scripts on Redis, and the model.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use ids::{AccountId, CallId, DeviceId, LegId, QueueId, UserId};
use live::Partition;
use presence::{
    domain::{Choice, Enrolment, Floor, Instant, Membership, Queue, Source, Strategy, Token},
    live::{Opening, Store},
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
        let strategy = || {
            prop::sample::select(vec![
                Strategy::LongestIdle,
                Strategy::RoundRobin,
                Strategy::LeastCalls,
                Strategy::Linear,
                Strategy::Random,
            ])
        };
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
    pub(super) calls: Vec<CallId>,
    strategies: [Strategy; QUEUES],
    pub(super) now: Instant,
    /// Operations so far, and the last one whose answer is remembered.
    operations: u32,
    last: Option<(Deed, String)>,
    pub(super) version: i64,
    pub(super) seen: super::check::Seen,
}

/// A step with everything that it depends on, so that it can be repeated word for word.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    pub(super) step: Step,
    pub(super) number: u32,
    pub(super) token: Token,
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
        let opened = self
            .store
            .open(self.partition(), 0, Duration::ZERO)
            .await
            .unwrap();
        let Opening::Open { epoch } = opened else {
            panic!("a new partition opens at once")
        };
        self.floor.last = Some(Token { epoch, fence: 0 });
        let queues = self.queues.iter().copied().zip(self.strategies).collect();
        self.store
            .begin_plan(self.account, self.version, &queues)
            .await
            .unwrap();
        for (queue, strategy) in queues {
            self.floor.queues.insert(queue, Queue { strategy, turn: 0 });
        }
        for person in 0..PEOPLE {
            let everywhere = (0..QUEUES).map(|queue| (queue, 1, false)).collect();
            let hired = Step::Enroll {
                person,
                queues: everywhere,
                devices: DEVICES,
                suspended: false,
            };
            self.take(&hired).await.unwrap();
            self.take(&Step::Heartbeat {
                person,
                device: 0,
                seconds: 120,
            })
            .await
            .unwrap();
        }
    }

    async fn set_clock(&self) {
        let key = self.live.keys().key(self.partition(), "clock");
        let now = self.now.timestamp_millis();
        let _: () = self
            .live
            .command("SET")
            .key(&key)
            .arg(now)
            .run()
            .await
            .unwrap();
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
                let Some((deed, first)) = self.last.clone() else {
                    return Ok(());
                };
                let again = self.on_redis(&deed).await;
                same(&deed.step, &first, &again)
            }
            step => {
                self.operations += 1;
                let step = &self.aimed(step.clone());
                let token = self.token_for(step);
                let deed = Deed {
                    step: step.clone(),
                    number: self.operations,
                    token,
                };
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
            Step::Reserve { .. }
            | Step::Offer { .. }
            | Step::Answer { .. }
            | Step::Withdraw { .. } => true,
            Step::Decline { person, .. } => self.floor.people.contains_key(&self.people[*person]),
            _ => false,
        }
    }

    /// Who knows the current token knows for which call it is: without this, most answers would
    /// go to calls that ring nobody, and few stories would get to their end.
    fn aimed(&self, mut step: Step) -> Step {
        let (Step::Answer {
            call,
            person,
            token: Knows::Current,
            ..
        }
        | Step::Decline {
            call,
            person,
            token: Knows::Current,
            ..
        }
        | Step::Renew {
            call,
            person,
            token: Knows::Current,
            ..
        }
        | Step::Release {
            call,
            person,
            token: Knows::Current,
            ..
        }) = &mut step
        else {
            return step;
        };
        let Some(found) = self.floor.people.get(&self.people[*person]) else {
            return step;
        };
        let current = found
            .lock
            .map(|lock| lock.call)
            .or(found.offers.keys().next().copied());
        if let Some(at) = self.calls.iter().position(|known| Some(*known) == current) {
            *call = at;
        }
        step
    }

    /// The token that the caller of a step has.
    fn token_for(&self, step: &Step) -> Token {
        let (call, person, knows) = match step {
            Step::Answer {
                call,
                person,
                token,
                ..
            }
            | Step::Decline {
                call,
                person,
                token,
                ..
            }
            | Step::Renew {
                call,
                person,
                token,
                ..
            }
            | Step::Release {
                call,
                person,
                token,
                ..
            } => (self.calls[*call], *person, *token),
            _ => return Token { epoch: 1, fence: 1 },
        };
        let found = self.floor.people.get(&self.people[person]);
        let lock = found
            .and_then(|found| found.lock)
            .filter(|lock| lock.call == call);
        let offer = found.and_then(|found| found.offers.get(&call));
        let current = lock
            .map(|lock| lock.token)
            .or(offer.map(|offer| offer.token));
        let mut token = current.or(self.floor.last).unwrap();
        match knows {
            Knows::Current => {}
            Knows::Older => token.epoch -= 1,
            Knows::Newer => token.fence += 1_000,
        }
        token
    }

    pub(super) fn named(&self, people: &[usize]) -> Vec<UserId> {
        people.iter().map(|person| self.people[*person]).collect()
    }

    /// One of the person's telephones, or one that is nobody's.
    pub(super) fn device(&self, person: usize, device: usize, number: u32) -> DeviceId {
        let nobodys = DeviceId::from_uuid(uuid_of(number));
        self.devices[person].get(device).copied().unwrap_or(nobodys)
    }

    pub(super) fn choice(&self, step: &Step) -> Choice {
        let Step::SetMode {
            person,
            mode,
            until_ms,
            by_admin,
        } = step
        else {
            panic!("{step:?}")
        };
        let actor = if *by_admin {
            self.people[0]
        } else {
            self.people[*person]
        };
        Choice {
            mode: *mode,
            source: if *by_admin {
                Source::Admin
            } else {
                Source::Person
            },
            actor: Some(actor.to_string()),
            until: until_ms
                .map(|ms| self.now + TimeDelta::milliseconds(i64::try_from(ms).unwrap())),
            note: by_admin.then(|| "because: I say so, \"ok\"".to_owned()),
        }
    }

    pub(super) fn enrolment(&self, step: &Step) -> Enrolment {
        let Step::Enroll {
            person,
            queues,
            devices,
            suspended,
        } = step
        else {
            panic!("{step:?}")
        };
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
            suspended: *suspended,
        }
    }
}

fn same(step: &Step, model: &str, real: &str) -> Result<(), String> {
    if model == real {
        Ok(())
    } else {
        Err(format!(
            "answers to {step:?} differ\n model: {model}\n redis: {real}"
        ))
    }
}

pub(super) fn leg(deed: &Deed) -> LegId {
    LegId::from_uuid(uuid_of(deed.number))
}

fn uuid_of(number: u32) -> uuid::Uuid {
    uuid::Uuid::from_u128(number.into())
}

pub(super) fn lot(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761)
}
