use std::collections::HashSet;

use api::directory::v1 as wire;
use fault::At;
use wire::successor::Kind;

use super::{choice, queue, ring_group, time};
use crate::{
    app::split::Tokens,
    domain::{
        extension::ShortNumber,
        line::Name,
        split::{
            Newcomer, PEOPLE, Person, Profile, Split, Step, SuccessorKind, Wish,
            outlook::{Obstacle, Outlook, Reference},
            said::Said,
        },
    },
};

/// What somebody wants a shared identity to become. `None` has been reported.
pub(in crate::grpc) fn wish(
    at: &mut At<'_>,
    person: &str,
    people: &[wire::NewPerson],
    successor: Option<&wire::Successor>,
) -> Option<Wish> {
    let person = at.parse("person_id", person);
    let newcomers = newcomers(at, people);
    let (name, kind) = at
        .required("successor", successor)
        .map(|message| self::successor(&mut at.at("successor"), message))
        .unwrap_or_default();
    Some(Wish {
        person: person?,
        newcomers: newcomers?,
        name: name?,
        kind: kind?,
    })
}

fn newcomers(at: &mut At<'_>, people: &[wire::NewPerson]) -> Option<Vec<Newcomer>> {
    let (min, max) = (*PEOPLE.start(), *PEOPLE.end());
    let number = format!("must be {min} to {max} people");
    if !at.must(PEOPLE.contains(&people.len()), "people", number) {
        return None;
    }
    let (mut logins, mut numbers) = (HashSet::new(), HashSet::new());
    let newcomers = people.iter().enumerate().map(|(index, message)| {
        let mut at = at.index("people", index);
        let email = at.parse("email", &message.email).filter(|_| {
            let new = logins.insert(message.email.to_ascii_lowercase());
            at.must(new, "email", "must appear only once")
        });
        let short_number: Option<Option<ShortNumber>> =
            super::optional(&mut at, "short_number", &message.short_number).filter(|number| {
                let new = number.is_none() || numbers.insert(number.clone());
                at.must(new, "short_number", "must appear only once")
            });
        let first_name = at.parse("first_name", &message.first_name);
        let last_name = at.parse("last_name", &message.last_name);
        let job_title = at.parse("job_title", &message.job_title);
        let profile = Profile {
            first_name: first_name?,
            last_name: last_name?,
            email: email?,
            job_title: job_title?,
        };
        let display_name = format!("{} {}", profile.first_name, profile.last_name);
        let display_name: Option<Name> = display_name.parse().ok();
        if display_name.is_none() {
            let names = "must have at most 99 characters together with first_name";
            at.field("last_name", names);
        }
        Some(Newcomer {
            profile,
            display_name: display_name?,
            short_number: short_number?,
        })
    });
    // All of them are looked at before any failure ends it.
    newcomers.collect::<Vec<_>>().into_iter().collect()
}

fn successor(at: &mut At<'_>, message: &wire::Successor) -> (Option<Name>, Option<SuccessorKind>) {
    let name = at.parse("display_name", &message.display_name);
    let kind = match at.required("kind", message.kind) {
        Some(Kind::RingGroup(strategy)) => choice(at, "ring_group", strategy, |strategy| {
            Some(SuccessorKind::RingGroup(ring_group::strategy(strategy)))
        }),
        Some(Kind::Queue(strategy)) => choice(at, "queue", strategy, |strategy| {
            Some(SuccessorKind::Queue(queue::strategy(strategy)))
        }),
        None => None,
    };
    (name, kind)
}

/// What a split would do, for clients.
pub(in crate::grpc) fn split_plan(outlook: &Outlook, said: &Said) -> wire::SplitPlan {
    let shared = &outlook.extension;
    let people = outlook.people.iter().map(|(name, number)| {
        let number = number.as_ref();
        wire::PlannedPerson {
            display_name: name.to_string(),
            short_number: number.map(ToString::to_string).unwrap_or_default(),
        }
    });
    wire::SplitPlan {
        person_id: shared.value.person.to_string(),
        extension_id: shared.id.to_string(),
        short_number: shared.value.short_number.to_string(),
        people: people.collect(),
        references: outlook.references.iter().map(reference).collect(),
        seats: Some(wire::SplitSeats {
            needed: u32::try_from(outlook.people.len()).unwrap_or(u32::MAX),
            free: said.seats.free(),
            freed: said.standing.seats(),
        }),
        conflicts: outlook.obstacles.iter().map(conflict).collect(),
        etag: outlook.etag(),
    }
}

fn reference(reference: &Reference) -> wire::SplitReference {
    wire::SplitReference {
        resource_id: reference.key.to_string(),
        display_name: reference.display_name.clone(),
        fields: reference.fields.clone(),
    }
}

fn conflict(obstacle: &Obstacle) -> wire::SplitConflict {
    wire::SplitConflict {
        field: obstacle.field(),
        reason: obstacle.reason().to_owned(),
        description: obstacle.to_string(),
    }
}

/// A split for clients.
pub(in crate::grpc) fn split(split: &Split, tokens: &Tokens) -> wire::Split {
    let state = match split.next() {
        Step::Invite(_) => wire::SplitState::Inviting,
        Step::Switch => wire::SplitState::Switching,
        Step::Deactivate => wire::SplitState::Waiting,
        Step::Archive => wire::SplitState::Archiving,
        Step::Done => wire::SplitState::Done,
    };
    let person = |person: &Person| {
        let id = person.invited.map(|(id, _)| id);
        wire::SplitPerson {
            person_id: id.map(|id| id.to_string()).unwrap_or_default(),
            extension_id: person.extension.to_string(),
            display_name: person.display_name.to_string(),
            invitation_token: id
                .and_then(|id| tokens.get(&id).cloned())
                .unwrap_or_default(),
        }
    };
    wire::Split {
        split_id: split.id.to_string(),
        person_id: split.person.to_string(),
        state: state.into(),
        successor_id: split.successor.place.to_string(),
        people: split.people.iter().map(person).collect(),
        steps: steps(split),
        create_time: time::message(split.created),
    }
}

fn steps(split: &Split) -> Vec<wire::SplitStep> {
    let step = |step: Step, subject: Option<String>, done| wire::SplitStep {
        name: step.name().to_owned(),
        subject_id: subject.unwrap_or_default(),
        done_time: Option::and_then(done, time::message),
    };
    let invitations = split.people.iter().enumerate().map(|(index, person)| {
        let (who, when) = person.invited.unzip();
        step(Step::Invite(index), who.map(|id| id.to_string()), when)
    });
    let shared = Some(split.person.to_string());
    let successor = Some(split.successor.place.to_string());
    let rest = [
        step(Step::Switch, successor, split.switched),
        step(Step::Deactivate, shared.clone(), split.deactivated),
        step(Step::Archive, shared, split.archived),
    ];
    invitations.chain(rest).collect()
}
