//! Where a call goes next (DIR-3): the one union for every destination in the system.

use std::{fmt, str::FromStr};

use ids::{ExtensionId, MenuId, QueueId, RingGroupId};

use super::{key::Key, line::Prompt, phone::E164};

/// Where a call goes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Nowhere: an announcement, a call record, and a line in the dead ends.
    Unassigned,
    /// To people or a menu of the company.
    Place(Place),
    /// To the voicemail of a place.
    Voicemail(Place),
    /// To a number outside.
    External(E164),
    /// To a recording; then the call ends.
    Announcement(Prompt),
}

/// A place inside the company that a call can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// One person.
    Extension(ExtensionId),
    /// Several people at once or in turn.
    RingGroup(RingGroupId),
    /// A waiting line.
    Queue(QueueId),
    /// A menu.
    Menu(MenuId),
}

impl Place {
    /// The resource it is.
    #[must_use]
    pub fn key(self) -> Key {
        match self {
            Self::Extension(id) => id.into(),
            Self::RingGroup(id) => id.into(),
            Self::Queue(id) => id.into(),
            Self::Menu(id) => id.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().fmt(f)
    }
}

/// Not the id of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of an extension, ring group, queue or menu")]
pub struct PlaceError;

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        None.or_else(|| text.parse().map(Self::Extension).ok())
            .or_else(|| text.parse().map(Self::RingGroup).ok())
            .or_else(|| text.parse().map(Self::Queue).ok())
            .or_else(|| text.parse().map(Self::Menu).ok())
            .ok_or(PlaceError)
    }
}

const UNASSIGNED: &str = "unassigned";
const VOICEMAIL: &str = "voicemail:";
const EXTERNAL: &str = "tel:";
const ANNOUNCEMENT: &str = "announcement:";

/// `que_…`, `voicemail:ext_…`, `tel:+49…`, `announcement:closed` or `unassigned`: as it stands
/// in the database and in the audit trail.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unassigned => f.write_str(UNASSIGNED),
            Self::Place(place) => place.fmt(f),
            Self::Voicemail(place) => write!(f, "{VOICEMAIL}{place}"),
            Self::External(number) => write!(f, "{EXTERNAL}{number}"),
            Self::Announcement(prompt) => write!(f, "{ANNOUNCEMENT}{prompt}"),
        }
    }
}

/// A text that is no stored target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a target")]
pub struct TargetError;

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == UNASSIGNED {
            return Ok(Self::Unassigned);
        }
        if let Some(place) = text.strip_prefix(VOICEMAIL) {
            return place.parse().map(Self::Voicemail).map_err(|_| TargetError);
        }
        if let Some(number) = text.strip_prefix(EXTERNAL) {
            return E164::kept(number)
                .map(Self::External)
                .map_err(|_| TargetError);
        }
        if let Some(prompt) = text.strip_prefix(ANNOUNCEMENT) {
            return prompt
                .parse()
                .map(Self::Announcement)
                .map_err(|_| TargetError);
        }
        text.parse().map(Self::Place).map_err(|_| TargetError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_comes_back_from_its_text() {
        let queue = Place::Queue(QueueId::generate());
        let targets = [
            Target::Unassigned,
            Target::Place(queue),
            Target::Place(Place::Extension(ExtensionId::generate())),
            Target::Voicemail(Place::Menu(MenuId::generate())),
            Target::Voicemail(Place::RingGroup(RingGroupId::generate())),
            Target::External("+4930901820".parse().unwrap()),
            Target::Announcement("tel:closed".parse().unwrap()),
        ];
        for target in targets {
            assert_eq!(target.to_string().parse(), Ok(target));
        }
        for text in [
            "",
            "nowhere",
            "num_01h455vb4pex5vsknk084sn02q",
            "voicemail:",
            "tel:112",
            "tel:",
        ] {
            assert_eq!(text.parse::<Target>(), Err(TargetError), "{text}");
        }
    }
}
