//! What leads nowhere (DIR-13).

use super::{
    key::Key,
    plan::Plan,
    resource::{Record, Resource},
    target::Target,
};

/// Something a caller can reach that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadEnd {
    /// What.
    pub key: Key,
    /// Its name or number.
    pub display_name: String,
    /// Why.
    pub reason: Reason,
}

/// Why a resource leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// One of its targets is UNASSIGNED.
    Unassigned,
    /// Nobody is in it.
    NoMembers,
    /// It asks for a key and has none.
    NoKeys,
}

impl Reason {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unassigned => "UNASSIGNED",
            Self::NoMembers => "NO_MEMBERS",
            Self::NoKeys => "NO_KEYS",
        }
    }
}

/// All dead ends of a plan, ordered by id as text, each resource once.
#[must_use]
pub fn dead_ends(plan: &Plan) -> Vec<DeadEnd> {
    let numbers = plan
        .numbers
        .iter()
        .map(|number| found(number, &number.value.e164, None));
    let extensions = plan
        .extensions
        .iter()
        .map(|extension| found(extension, &extension.value.display_name, None));
    let menus = plan.menus.iter().map(|menu| {
        found(
            menu,
            &menu.value.display_name,
            menu.value.keys.is_empty().then_some(Reason::NoKeys),
        )
    });
    let ring_groups = plan.ring_groups.iter().map(|group| {
        found(
            group,
            &group.value.display_name,
            group.value.members.is_empty().then_some(Reason::NoMembers),
        )
    });
    let queues = plan.queues.iter().map(|queue| {
        found(
            queue,
            &queue.value.display_name,
            queue.value.members.is_empty().then_some(Reason::NoMembers),
        )
    });
    let mut ends: Vec<_> = numbers
        .chain(extensions)
        .chain(menus)
        .chain(ring_groups)
        .chain(queues)
        .flatten()
        .collect();
    ends.sort_by_cached_key(|end| end.key.to_string());
    ends
}

fn found<R: Resource>(
    record: &Record<R>,
    name: impl ToString,
    empty: Option<Reason>,
) -> Option<DeadEnd> {
    let unassigned = || {
        let exits = record.value.exits();
        exits
            .iter()
            .any(|exit| *exit.target == Target::Unassigned)
            .then_some(Reason::Unassigned)
    };
    let reason = empty.or_else(unassigned)?;
    Some(DeadEnd {
        key: record.key(),
        display_name: name.to_string(),
        reason,
    })
}
