//! What a split would do, and what stands in its way.

use std::{
    collections::{HashMap, HashSet},
    fmt::{Display, Write as _},
};

use ids::UserId;
use sha2::{Digest as _, Sha256};

use super::Wish;
use crate::domain::{
    extension::{Extension, ShortNumber},
    key::Key,
    line::Name,
    link::{self, End},
    plan::Plan,
    queue,
    resource::{Record, Resource},
    ring_group,
};

/// What a split would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The extension of the shared identity.
    pub extension: Record<Extension>,
    /// The people and the short numbers that they would get.
    pub people: Vec<(Name, Option<ShortNumber>)>,
    /// Everything else that leads to it.
    pub references: Vec<Reference>,
    /// What stands in its way.
    pub obstacles: Vec<Obstacle>,
}

/// A resource that leads to the shared identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Which.
    pub key: Key,
    /// The state that was looked at.
    pub version: i64,
    /// Its name or number.
    pub display_name: String,
    /// The fields that name it.
    pub fields: Vec<String>,
}

/// Something that stands in the way of a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// Another extension has the short number.
    #[error("another extension has this short number")]
    ShortNumberTaken(usize),
    /// All short numbers of this length are taken.
    #[error("no short number as long as the shared one is free: name another")]
    ShortNumbersUsedUp(usize),
    /// More people than fit.
    #[error("{0} would have more than {1} members")]
    Crowded(Key, usize),
    /// Somebody has the login.
    #[error("somebody has this e-mail address")]
    EmailTaken(usize),
    /// Identity says what is wrong.
    #[error("{1}")]
    Profile(usize, String),
    /// More people than seats.
    #[error("{needed} seats are needed and {free} are free")]
    SeatsExhausted {
        /// By the new people.
        needed: u32,
        /// Of the plan.
        free: u32,
    },
    /// The account would lose its owner.
    #[error("is the owner of the account: transfer the ownership first")]
    OwnerRequired,
    /// Only the owner may take an administrator away.
    #[error("is an administrator: only the owner may split them")]
    GrantForbidden,
    /// Another split of the same person.
    #[error("is being split already")]
    InProgress,
}

impl Obstacle {
    /// Path of the field in the request.
    #[must_use]
    pub fn field(&self) -> String {
        match self {
            Self::ShortNumberTaken(index) | Self::ShortNumbersUsedUp(index) => {
                format!("people[{index}].short_number")
            }
            Self::EmailTaken(index) => format!("people[{index}].email"),
            Self::Profile(index, _) => format!("people[{index}]"),
            Self::Crowded(..) | Self::SeatsExhausted { .. } => "people".to_owned(),
            Self::OwnerRequired | Self::GrantForbidden | Self::InProgress => "person_id".to_owned(),
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::ShortNumberTaken(_) | Self::ShortNumbersUsedUp(_) => "SHORT_NUMBER_TAKEN",
            Self::Crowded(..) => "TOO_MANY_MEMBERS",
            Self::EmailTaken(_) => "EMAIL_TAKEN",
            Self::Profile(..) => "FIELDS_INVALID",
            Self::SeatsExhausted { .. } => "SEATS_EXHAUSTED",
            Self::OwnerRequired => "OWNER_REQUIRED",
            Self::GrantForbidden => "GRANT_FORBIDDEN",
            Self::InProgress => "SPLIT_IN_PROGRESS",
        }
    }

    /// Ring groups and queues that cannot take `people` more.
    pub(super) fn crowded(config: &Plan, person: UserId, people: usize) -> Vec<Self> {
        let groups = config.ring_groups.iter();
        let groups =
            groups.filter_map(|group| full(group, person, people, ring_group::MAX_MEMBERS));
        let queues = config.queues.iter();
        let queues = queues.filter_map(|queue| full(queue, person, people, queue::MAX_MEMBERS));
        groups.chain(queues).collect()
    }
}

fn full<R: Resource>(
    record: &Record<R>,
    person: UserId,
    people: usize,
    max: usize,
) -> Option<Obstacle> {
    let members = record.value.members();
    let rings = members.iter().any(|(_, member)| *member == person);
    (rings && members.len() + people > max).then(|| Obstacle::Crowded(record.key(), max))
}

impl Outlook {
    /// What `wish` would do to what is configured; `None` if the person has no extension.
    #[must_use]
    pub fn of(config: &Plan, wish: &Wish) -> Option<Self> {
        let extension = config
            .extensions
            .iter()
            .find(|extension| extension.value.person == wish.person)?;
        let wanted: Vec<_> = wish
            .newcomers
            .iter()
            .map(|newcomer| newcomer.short_number.clone())
            .collect();
        let (numbers, mut obstacles) = allot(config, &extension.value.short_number, &wanted);
        obstacles.extend(Obstacle::crowded(config, wish.person, wanted.len()));
        let names = wish
            .newcomers
            .iter()
            .map(|newcomer| newcomer.display_name.clone());
        Some(Self {
            extension: extension.clone(),
            people: names.zip(numbers).collect(),
            references: references(config, extension),
            obstacles,
        })
    }

    /// Stands for all of the configuration that this depends on. Opaque to clients.
    #[must_use]
    pub fn etag(&self) -> String {
        let mut text = format!("{} {}", self.extension.id, self.extension.version);
        for reference in &self.references {
            let (key, version) = (reference.key, reference.version);
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{key} {version} {}", reference.fields.join(","));
        }
        for (_, number) in &self.people {
            let number = number.as_ref().map_or("-", ShortNumber::as_str);
            let _ = write!(text, "\n{number}");
        }
        let print = Sha256::digest(text.as_bytes());
        print.iter().take(16).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// A short number for each: the wanted one, or the next free one behind `shared`, as long as that.
pub(super) fn allot(
    config: &Plan,
    shared: &ShortNumber,
    wanted: &[Option<ShortNumber>],
) -> (Vec<Option<ShortNumber>>, Vec<Obstacle>) {
    let had = config
        .extensions
        .iter()
        .map(|extension| extension.value.short_number.as_str());
    let had: HashSet<&str> = had.collect();
    let mut obstacles = Vec::new();
    // Nobody is given what somebody else of them wants.
    let mut given: HashSet<ShortNumber> = wanted.iter().flatten().cloned().collect();
    let mut numbers = Vec::with_capacity(wanted.len());
    for (index, wish) in wanted.iter().enumerate() {
        let number = match wish {
            Some(number) if had.contains(number.as_str()) => {
                obstacles.push(Obstacle::ShortNumberTaken(index));
                None
            }
            Some(number) => Some(number.clone()),
            None => {
                let free = behind(shared)
                    .find(|number| !had.contains(number.as_str()) && !given.contains(number));
                if free.is_none() {
                    obstacles.push(Obstacle::ShortNumbersUsedUp(index));
                }
                given.extend(free.clone());
                free
            }
        };
        numbers.push(number);
    }
    (numbers, obstacles)
}

/// The short numbers behind one, all as long as it, once round.
fn behind(number: &ShortNumber) -> impl Iterator<Item = ShortNumber> {
    let digits = number.as_str().len();
    let count = u32::try_from(digits).map_or(1, |digits| 10_u32.saturating_pow(digits));
    // At most eight digits, so it is a number.
    let first: u32 = number.as_str().parse().unwrap_or(0);
    (1..count)
        .map(move |step| (first + step) % count)
        .filter_map(move |next| format!("{next:0digits$}").parse().ok())
}

/// Everything but the extension itself that names it.
#[must_use]
pub fn references(config: &Plan, extension: &Record<Extension>) -> Vec<Reference> {
    let members = HashMap::from([(extension.value.person, extension.id)]);
    let here = extension.key();
    let mut found = Vec::new();
    let mut look = |key: Key, version, name: &dyn Display, links: Vec<link::Link>| {
        let fields: Vec<String> = links
            .into_iter()
            .filter(|link| link.end == End::Resource(here))
            .map(|link| link.field)
            .collect();
        if key != here && !fields.is_empty() {
            found.push(Reference {
                key,
                version,
                display_name: name.to_string(),
                fields,
            });
        }
    };
    for number in &config.numbers {
        let links = link::links(number, &members);
        look(number.key(), number.version, &number.value.e164, links);
    }
    for other in &config.extensions {
        let links = link::links(other, &members);
        look(other.key(), other.version, &other.value.display_name, links);
    }
    for group in &config.ring_groups {
        let links = link::links(group, &members);
        look(group.key(), group.version, &group.value.display_name, links);
    }
    for queue in &config.queues {
        let links = link::links(queue, &members);
        look(queue.key(), queue.version, &queue.value.display_name, links);
    }
    for menu in &config.menus {
        let links = link::links(menu, &members);
        look(menu.key(), menu.version, &menu.value.display_name, links);
    }
    found
}
