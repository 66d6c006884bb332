//! What a split changes in the configuration: a pure function of what is configured.

use std::slice;

use ids::UserId;

use super::{
    Split, Successor, SuccessorKind,
    outlook::{Obstacle, allot},
};
use crate::domain::{
    extension::{self, Extension},
    menu::Menu,
    number::Number,
    plan::Plan,
    queue::{self, Member, Queue},
    resource::{Record, Resource},
    ring_group::RingGroup,
    target::{Place, Target},
};

/// Resources with other settings than they have, under the version that was looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rewired {
    /// Numbers.
    pub numbers: Vec<Record<Number>>,
    /// Extensions.
    pub extensions: Vec<Record<Extension>>,
    /// Ring groups.
    pub ring_groups: Vec<Record<RingGroup>>,
    /// Queues.
    pub queues: Vec<Record<Queue>>,
    /// Menus.
    pub menus: Vec<Record<Menu>>,
}

/// Everything that the switch writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Switch {
    /// An extension for each of the people, in their order.
    pub extensions: Vec<Extension>,
    /// What takes over.
    pub successor: NewSuccessor,
    /// What leads there from now on.
    pub rewired: Rewired,
}

/// The settings of what takes over.
#[derive(Debug, Clone, PartialEq)]
pub enum NewSuccessor {
    /// A ring group.
    RingGroup(RingGroup),
    /// A queue.
    Queue(Queue),
}

/// The switch of a split whose people are all invited: whatever led to the shared identity leads
/// to the successor, and whatever rings the shared identity rings the people too.
///
/// `None` if the shared identity has no extension any more.
#[must_use]
pub fn switch(config: &Plan, split: &Split) -> Option<Result<Switch, Vec<Obstacle>>> {
    let old = config
        .extensions
        .iter()
        .find(|extension| extension.value.person == split.person)?;
    let wanted: Vec<_> = split
        .people
        .iter()
        .map(|person| person.short_number.clone())
        .collect();
    let (short_numbers, mut obstacles) = allot(config, &old.value.short_number, &wanted);
    obstacles.extend(Obstacle::crowded(config, split.person, split.people.len()));
    if !obstacles.is_empty() {
        return Some(Err(obstacles));
    }
    let people: Vec<UserId> = split.invited().collect();
    let short_numbers = short_numbers.into_iter().flatten();
    let extensions = split.people.iter().zip(&people).zip(short_numbers);
    let extensions = extensions.map(|((person, id), short_number)| {
        let voicemail = Extension::voicemail(person.extension);
        Extension {
            person: *id,
            short_number,
            display_name: person.display_name.clone(),
            devices: Vec::new(),
            ring_timeout: extension::RING_TIMEOUT.default(),
            busy: voicemail.clone(),
            no_answer: voicemail,
        }
    });
    let here = Place::Extension(old.id);
    let everybody: Vec<UserId> = people.iter().copied().chain([split.person]).collect();
    Some(Ok(Switch {
        extensions: extensions.collect(),
        successor: NewSuccessor::of(&split.successor, old, &everybody),
        rewired: Rewired::of(config, |wired| {
            for target in wired.targets() {
                *target = redirected(target, here, split.successor.place);
            }
            wired.replace(split.person, &everybody);
            wired.lead(split.person, &Target::Place(split.successor.place));
        }),
    }))
}

/// What is left to do when the shared identity has gone: nothing rings it any more, and its
/// extension, which keeps the short number, has no devices.
#[must_use]
pub fn archive(config: &Plan, person: UserId) -> Rewired {
    Rewired::of(config, |wired| {
        wired.replace(person, &[]);
        wired.unplug(person);
    })
}

impl NewSuccessor {
    /// It rings as long as the extension did and goes on to where that went.
    fn of(wish: &Successor, old: &Record<Extension>, members: &[UserId]) -> Self {
        let display_name = wish.name.clone();
        let on = redirected(&old.value.no_answer, Place::Extension(old.id), wish.place);
        let ring_timeout = old.value.ring_timeout;
        match wish.kind {
            SuccessorKind::RingGroup(strategy) => Self::RingGroup(RingGroup {
                display_name,
                members: members.to_vec(),
                strategy,
                ring_timeout,
                no_answer: on,
            }),
            SuccessorKind::Queue(strategy) => Self::Queue(Queue {
                display_name,
                members: members.iter().copied().map(always_there).collect(),
                strategy,
                ring_timeout,
                wrap_up: queue::WRAP_UP.default(),
                max_wait: queue::MAX_WAIT.default(),
                max_size: 0,
                join_empty: false,
                max_misses: queue::DEFAULT_MISSES,
                service_level: queue::SERVICE_LEVEL.default(),
                short_abandon: queue::SHORT_ABANDON.default(),
                too_long: on.clone(),
                full: on.clone(),
                empty: on,
            }),
        }
    }
}

fn always_there(person: UserId) -> Member {
    Member {
        person,
        tier: *queue::TIERS.start(),
        dynamic: false,
    }
}

/// `target`, but `to` instead of `from`.
fn redirected(target: &Target, from: Place, to: Place) -> Target {
    match target {
        Target::Place(place) if *place == from => Target::Place(to),
        Target::Voicemail(place) if *place == from => Target::Voicemail(to),
        Target::Unassigned
        | Target::Place(_)
        | Target::Voicemail(_)
        | Target::External(_)
        | Target::Announcement(_) => target.clone(),
    }
}

impl Rewired {
    fn of(config: &Plan, change: impl Fn(&mut dyn Wired)) -> Self {
        Self {
            numbers: changed(&config.numbers, &change),
            extensions: changed(&config.extensions, &change),
            ring_groups: changed(&config.ring_groups, &change),
            queues: changed(&config.queues, &change),
            menus: changed(&config.menus, &change),
        }
    }
}

fn changed<R: Resource + Wired>(
    records: &[Record<R>],
    change: &impl Fn(&mut dyn Wired),
) -> Vec<Record<R>> {
    let changed = records.iter().filter_map(|record| {
        let mut rewired = record.clone();
        change(&mut rewired.value);
        (rewired != *record).then_some(rewired)
    });
    changed.collect()
}

/// A resource whose wires can be put elsewhere.
trait Wired {
    /// All the places it leads to.
    fn targets(&mut self) -> Vec<&mut Target>;

    /// Rings these people instead of one.
    fn replace(&mut self, _: UserId, _by: &[UserId]) {}

    /// If it is this person's: calls that do not reach them go there.
    fn lead(&mut self, _: UserId, _to: &Target) {}

    /// If it is this person's: nothing of it can ring.
    fn unplug(&mut self, _: UserId) {}
}

impl Wired for Number {
    fn targets(&mut self) -> Vec<&mut Target> {
        vec![&mut self.target, &mut self.closed]
    }
}

impl Wired for Extension {
    fn targets(&mut self) -> Vec<&mut Target> {
        vec![&mut self.busy, &mut self.no_answer]
    }

    fn lead(&mut self, person: UserId, to: &Target) {
        if self.person == person {
            self.busy = to.clone();
            self.no_answer = to.clone();
        }
    }

    fn unplug(&mut self, person: UserId) {
        if self.person == person {
            self.devices.clear();
        }
    }
}

impl Wired for RingGroup {
    fn targets(&mut self) -> Vec<&mut Target> {
        vec![&mut self.no_answer]
    }

    fn replace(&mut self, person: UserId, by: &[UserId]) {
        let ids = self.members.iter().flat_map(|member| {
            if *member == person {
                by
            } else {
                slice::from_ref(member)
            }
        });
        self.members = ids.copied().collect();
    }
}

impl Wired for Queue {
    fn targets(&mut self) -> Vec<&mut Target> {
        vec![&mut self.too_long, &mut self.full, &mut self.empty]
    }

    fn replace(&mut self, person: UserId, by: &[UserId]) {
        let members = self.members.iter().flat_map(|member| {
            let people = if member.person == person {
                by
            } else {
                slice::from_ref(&member.person)
            };
            people.iter().map(move |person| Member {
                person: *person,
                ..member.clone()
            })
        });
        self.members = members.collect();
    }
}

impl Wired for Menu {
    fn targets(&mut self) -> Vec<&mut Target> {
        let keys = self.keys.iter_mut().map(|choice| &mut choice.target);
        keys.chain([&mut self.timeout, &mut self.invalid, &mut self.closed])
            .collect()
    }
}
