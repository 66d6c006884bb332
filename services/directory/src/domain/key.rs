//! The name of any resource, whatever its kind.

use std::{fmt, str::FromStr};

use ids::{ExtensionId, MenuId, NumberId, QueueId, RingGroupId, ScheduleId};
use uuid::Uuid;

/// The kinds of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person's communications identity.
    Extension,
    /// A public number.
    Number,
    /// People who ring together or in turn.
    RingGroup,
    /// A waiting line.
    Queue,
    /// A spoken menu.
    Menu,
    /// Opening hours.
    Schedule,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Extension,
        Self::Number,
        Self::RingGroup,
        Self::Queue,
        Self::Menu,
        Self::Schedule,
    ];

    /// The name in field paths, the audit trail and the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Extension => "extension",
            Self::Number => "number",
            Self::RingGroup => "ring_group",
            Self::Queue => "queue",
            Self::Menu => "menu",
            Self::Schedule => "schedule",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Kind and id of one resource. Printed, it is the resource's id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// The sixteen bytes of its id.
    pub uuid: Uuid,
}

/// An id of one kind of resource.
pub trait ResourceId:
    Copy
    + Eq
    + fmt::Display
    + fmt::Debug
    + Into<Key>
    + FromStr<Err = ids::IdError>
    + serde::Serialize
    + serde::de::DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// A new one.
    fn generate() -> Self;
    /// The one with these bytes.
    fn from_uuid(uuid: Uuid) -> Self;
    /// Its bytes.
    fn uuid(self) -> Uuid;
}

macro_rules! resource_ids {
    ($($id:ident => $kind:ident),+ $(,)?) => {
        $(
            impl ResourceId for $id {
                fn generate() -> Self {
                    Self::generate()
                }
                fn from_uuid(uuid: Uuid) -> Self {
                    Self::from_uuid(uuid)
                }
                fn uuid(self) -> Uuid {
                    self.uuid()
                }
            }

            impl From<$id> for Key {
                fn from(id: $id) -> Self {
                    Self { kind: Kind::$kind, uuid: id.uuid() }
                }
            }
        )+

        impl fmt::Display for Key {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.kind {
                    $(Kind::$kind => $id::from_uuid(self.uuid).fmt(f)),+
                }
            }
        }
    };
}

resource_ids! {
    ExtensionId => Extension,
    NumberId => Number,
    RingGroupId => RingGroup,
    QueueId => Queue,
    MenuId => Menu,
    ScheduleId => Schedule,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
