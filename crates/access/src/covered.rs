//! What a supervisor is given to supervise.

use std::{fmt, str::FromStr, sync::Arc};

use ids::{GroupId, MenuId, QueueId, RingGroupId};

/// The most that the grants of one person cover together: what they cover travels in every one
/// of their tokens. Whoever supervises more supervises the account.
pub const MAX_COVERED: usize = 100;

/// Something that can be supervised. It lives in directory; here it is an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Covered {
    /// A group of people.
    Group(GroupId),
    /// A queue.
    Queue(QueueId),
    /// A ring group.
    RingGroup(RingGroupId),
    /// A menu.
    Menu(MenuId),
}

/// Not an id of something to supervise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a group, queue, ring group or menu: grp_…, que_…, rgr_… or men_…")]
pub struct CoveredError;

/// A set of them. Clones share it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covers(Arc<[Covered]>);

impl Covers {
    /// Whether it is one of them.
    pub fn has(&self, covered: impl Into<Covered>) -> bool {
        self.0.binary_search(&covered.into()).is_ok()
    }

    /// Each once, by kind and id.
    pub fn as_slice(&self) -> &[Covered] {
        &self.0
    }

    /// The queues among them.
    pub fn queues(&self) -> impl Iterator<Item = QueueId> {
        self.0.iter().filter_map(|covered| match covered {
            Covered::Queue(id) => Some(*id),
            Covered::Group(_) | Covered::RingGroup(_) | Covered::Menu(_) => None,
        })
    }

    /// The ring groups among them.
    pub fn ring_groups(&self) -> impl Iterator<Item = RingGroupId> {
        self.0.iter().filter_map(|covered| match covered {
            Covered::RingGroup(id) => Some(*id),
            Covered::Group(_) | Covered::Queue(_) | Covered::Menu(_) => None,
        })
    }
}

impl FromIterator<Covered> for Covers {
    fn from_iter<I: IntoIterator<Item = Covered>>(covered: I) -> Self {
        let mut all: Vec<Covered> = covered.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        Self(all.into())
    }
}

impl Covered {
    /// The id without its kind.
    pub fn uuid(&self) -> uuid::Uuid {
        match self {
            Self::Group(id) => id.uuid(),
            Self::Queue(id) => id.uuid(),
            Self::RingGroup(id) => id.uuid(),
            Self::Menu(id) => id.uuid(),
        }
    }
}

impl FromStr for Covered {
    type Err = CoveredError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .map(Self::Group)
            .or_else(|_| text.parse().map(Self::Queue))
            .or_else(|_| text.parse().map(Self::RingGroup))
            .or_else(|_| text.parse().map(Self::Menu))
            .map_err(|_: ids::IdError| CoveredError)
    }
}

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(id) => id.fmt(f),
            Self::Queue(id) => id.fmt(f),
            Self::RingGroup(id) => id.fmt(f),
            Self::Menu(id) => id.fmt(f),
        }
    }
}

impl From<GroupId> for Covered {
    fn from(id: GroupId) -> Self {
        Self::Group(id)
    }
}

impl From<QueueId> for Covered {
    fn from(id: QueueId) -> Self {
        Self::Queue(id)
    }
}

impl From<RingGroupId> for Covered {
    fn from(id: RingGroupId) -> Self {
        Self::RingGroup(id)
    }
}

impl From<MenuId> for Covered {
    fn from(id: MenuId) -> Self {
        Self::Menu(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_and_no_other() {
        let covered = [
            Covered::from(GroupId::generate()),
            QueueId::generate().into(),
            RingGroupId::generate().into(),
            MenuId::generate().into(),
        ];
        for one in covered {
            assert_eq!(one.to_string().parse(), Ok(one));
        }
        let person = ids::UserId::generate().to_string();
        for other in ["", "que_", person.as_str()] {
            assert_eq!(other.parse::<Covered>(), Err(CoveredError));
        }
    }

    #[test]
    fn a_set_has_what_it_was_made_of() {
        let (mine, other) = (QueueId::generate(), QueueId::generate());
        let group = RingGroupId::generate();
        let covers: Covers = [Covered::from(group), mine.into(), mine.into()]
            .into_iter()
            .collect();
        assert!(covers.has(mine) && covers.has(group) && !covers.has(other));
        assert_eq!(covers.as_slice().len(), 2);
        assert_eq!(covers.queues().collect::<Vec<_>>(), [mine]);
        assert_eq!(covers.ring_groups().collect::<Vec<_>>(), [group]);
        assert_eq!(Covers::default().as_slice(), []);
    }
}
