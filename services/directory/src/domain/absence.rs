//! People who are not to be reached (ID-12), and the numbers that others take over for them.

use chrono::{DateTime, Utc};
use ids::{ExtensionId, NumberId, UserId};

use super::{
    number::Number,
    resource::Record,
    target::{Place, Target},
};

/// A person who is not to be reached, whatever else is configured about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Who.
    pub person: UserId,
    /// Why.
    pub standing: Standing,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Numbers that lead elsewhere until they are back.
    pub handed: Vec<Handed>,
}

/// Why a person is not to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// For a while.
    Suspended,
    /// For good.
    Left,
}

impl Standing {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Suspended => "SUSPENDED",
            Self::Left => "LEFT",
        }
    }

    /// The standing with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Suspended, Self::Left]
            .into_iter()
            .find(|standing| standing.name() == name)
    }
}

/// A number that somebody took over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Which.
    pub number: NumberId,
    /// Where it leads now.
    pub to: Target,
    /// Where it led, if its target is what was changed.
    pub target: Option<Target>,
    /// Where it led while closed, if that is what was changed.
    pub closed: Option<Target>,
}

/// The number leading to `to` where it led to this extension or its voicemail; none if it did
/// not.
#[must_use]
pub fn hand_over(
    number: &Record<Number>,
    from: ExtensionId,
    to: &Target,
) -> Option<(Number, Handed)> {
    let place = Place::Extension(from);
    let theirs = |target: &Target| match target {
        Target::Place(at) | Target::Voicemail(at) if *at == place => Some(target.clone()),
        _ => None,
    };
    let (target, closed) = (theirs(&number.value.target), theirs(&number.value.closed));
    if target.is_none() && closed.is_none() {
        return None;
    }
    let mut value = number.value.clone();
    if target.is_some() {
        value.target.clone_from(to);
    }
    if closed.is_some() {
        value.closed.clone_from(to);
    }
    let handed = Handed {
        number: number.id,
        to: to.clone(),
        target,
        closed,
    };
    Some((value, handed))
}

/// The number with what was handed leading to `new` of where it led before, as far as it still
/// leads where it was handed: what somebody has changed since is theirs.
#[must_use]
pub fn move_on(number: &Number, handed: &Handed, new: impl Fn(&Target) -> Target) -> Number {
    let moved = |now: &Target, before: &Option<Target>| match before {
        Some(before) if *now == handed.to => new(before),
        _ => now.clone(),
    };
    Number {
        target: moved(&number.target, &handed.target),
        closed: moved(&number.closed, &handed.closed),
        ..number.clone()
    }
}

#[cfg(test)]
mod tests {
    use ids::QueueId;
    use proptest::prelude::*;

    use super::*;

    fn number(target: Target, closed: Target) -> Record<Number> {
        let value = Number {
            e164: "+4930901820".parse().unwrap(),
            label: "Reception".parse().unwrap(),
            target,
            schedule: None,
            closed,
        };
        Record::new(NumberId::generate(), value, DateTime::UNIX_EPOCH)
    }

    /// Somewhere of a few places, so that they meet.
    fn places() -> Vec<Target> {
        let (anna, ben) = (ExtensionId::generate(), ExtensionId::generate());
        vec![
            Target::Place(Place::Extension(anna)),
            Target::Voicemail(Place::Extension(anna)),
            Target::Place(Place::Extension(ben)),
            Target::Place(Place::Queue(QueueId::generate())),
            Target::Unassigned,
        ]
    }

    fn anna(places: &[Target]) -> ExtensionId {
        match places[0] {
            Target::Place(Place::Extension(id)) => id,
            _ => unreachable!(),
        }
    }

    proptest! {
        #[test]
        fn what_was_handed_over_comes_back(target in 0..5usize, closed in 0..5usize, to in 2..5usize) {
            let places = places();
            let before = number(places[target].clone(), places[closed].clone());
            let to = &places[to];
            let handed = hand_over(&before, anna(&places), to);
            prop_assert_eq!(handed.is_some(), target < 2 || closed < 2);
            if let Some((after, handed)) = handed {
                let of_before = number(after.target.clone(), after.closed.clone());
                prop_assert_eq!(hand_over(&of_before, anna(&places), to), None, "nothing leads there");
                prop_assert_eq!(move_on(&after, &handed, Target::clone), before.value);
            }
        }

        #[test]
        fn what_somebody_changed_since_stays(to in 2..4usize, since in 0..5usize) {
            let places = places();
            let before = number(places[0].clone(), Target::Unassigned);
            let (after, handed) = hand_over(&before, anna(&places), &places[to]).unwrap();
            let since = Number { target: places[since].clone(), ..after };
            let back = move_on(&since, &handed, Target::clone);
            if since.target == places[to] {
                prop_assert_eq!(back.target, before.value.target);
            } else {
                prop_assert_eq!(back, since);
            }
        }
    }
}
