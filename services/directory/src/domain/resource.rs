//! What all resources of the phone system have in common.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use ids::{ScheduleId, UserId};

use super::{
    change::Fields,
    key::{Key, Kind, ResourceId},
    phone::E164,
    target::Target,
};

/// A kind of thing that people configure: its settings, without id and history.
///
/// To add one: implement this in `domain/`, `store::table::Table` in `store/`, the conversions in
/// `grpc/convert/`, the service in `grpc/`, and give it a field in [`super::plan::Plan`].
pub trait Resource: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Its id.
    type Id: ResourceId;

    /// Its kind.
    const KIND: Kind;

    /// Every place that a call can go to from here.
    fn exits(&self) -> Vec<Exit<'_>> {
        Vec::new()
    }

    /// The schedule that opens and closes it.
    fn schedule(&self) -> Option<ScheduleId> {
        None
    }

    /// The people whom it rings, each with the path of the field that names them.
    fn members(&self) -> Vec<(String, UserId)> {
        Vec::new()
    }

    /// The one person whose it is.
    fn owner(&self) -> Option<UserId> {
        None
    }

    /// The public number that it is.
    fn dialled(&self) -> Option<&E164> {
        None
    }

    /// All settings as text, for the audit trail.
    fn fields(&self) -> Fields;
}

/// A way out of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit<'a> {
    /// Path of the field within the resource: `keys[2].target`.
    pub field: String,
    /// Where it leads.
    pub target: &'a Target,
    /// What takes a call through it.
    pub taken: Taken,
}

/// What takes a call through an exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The system, by itself: overflow, no answer, time out, closed.
    Automatically,
    /// The caller, by pressing a key. People may walk in circles; they can hang up.
    ByChoice,
    /// Nothing, with the present settings: there is no limit that could be exceeded.
    Never,
}

impl<'a> Exit<'a> {
    /// An exit that calls take automatically if `ever`, and never otherwise.
    #[must_use]
    pub fn automatic(field: &str, target: &'a Target, ever: bool) -> Self {
        let taken = if ever {
            Taken::Automatically
        } else {
            Taken::Never
        };
        Self {
            field: field.to_owned(),
            target,
            taken,
        }
    }
}

/// A resource as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<R: Resource> {
    /// Which, for ever.
    pub id: R::Id,
    /// The settings.
    pub value: R,
    /// Counts the changes.
    pub version: i64,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it was changed last.
    pub updated: DateTime<Utc>,
}

impl<R: Resource> Record<R> {
    /// A new resource.
    #[must_use]
    pub fn new(id: R::Id, value: R, now: DateTime<Utc>) -> Self {
        Self {
            id,
            value,
            version: 1,
            created: now,
            updated: now,
        }
    }

    /// The resource with other settings.
    #[must_use]
    pub fn edit(&self, value: R, now: DateTime<Utc>) -> Self {
        Self {
            id: self.id,
            value,
            version: self.version + 1,
            created: self.created,
            updated: now,
        }
    }

    /// What a client sends back to say which state it has seen. Opaque to clients.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("{:x}", self.version)
    }

    /// Kind and id.
    #[must_use]
    pub fn key(&self) -> Key {
        self.id.into()
    }
}
