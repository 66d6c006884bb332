//! What leads where: the edges between resources.

use std::collections::HashMap;

use ids::{ExtensionId, UserId};

use super::{
    key::Key,
    phone::E164,
    resource::{Record, Resource, Taken},
    target::Target,
};

/// One resource names another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The field that names it: `keys[2].target`.
    pub field: String,
    /// What it names.
    pub end: End,
    /// Whether calls take it without anybody's choice.
    pub automatic: bool,
}

/// What a link names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// A resource of the account, which must exist and cannot be deleted meanwhile.
    Resource(Key),
    /// A number outside. It may turn out to be one of the account's own.
    Number(E164),
}

/// Everything that a resource names. `extensions` holds those of its members.
#[must_use]
pub fn links<R: Resource>(
    record: &Record<R>,
    extensions: &HashMap<UserId, ExtensionId>,
) -> Vec<Link> {
    let exits = record.value.exits().into_iter().filter_map(|exit| {
        let automatic = exit.taken == Taken::Automatically;
        match exit.target {
            Target::Unassigned | Target::Announcement(_) => None,
            Target::Place(place) => Some((End::Resource(place.key()), automatic)),
            // Voicemail ends the way of a call: named, but nothing follows.
            Target::Voicemail(place) => Some((End::Resource(place.key()), false)),
            Target::External(number) => Some((End::Number(number.clone()), automatic)),
        }
        .map(|(end, automatic)| Link {
            field: exit.field,
            end,
            automatic,
        })
    });
    let schedule = record.value.schedule().map(|id| Link {
        field: "schedule_id".to_owned(),
        end: End::Resource(id.into()),
        automatic: false,
    });
    let members = record
        .value
        .members()
        .into_iter()
        .filter_map(|(field, person)| {
            let extension = extensions.get(&person)?;
            Some(Link {
                field,
                end: End::Resource((*extension).into()),
                automatic: false,
            })
        });
    exits.chain(schedule).chain(members).collect()
}
