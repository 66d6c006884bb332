use api::directory::v1 as wire;
use fault::At;
use wire::target::Kind;

use crate::domain::target::{Place, Target};

/// Where an exit leads; `default` when nobody says. `None` has been reported.
pub(super) fn read(
    at: &mut At<'_>,
    field: &str,
    message: Option<wire::Target>,
    default: impl FnOnce() -> Target,
) -> Option<Target> {
    match message {
        None => Some(default()),
        Some(message) => kind(&mut at.at(field), message),
    }
}

/// Where a number is to lead: somewhere, said in the request. `None` has been reported.
pub(in crate::grpc) fn destination(
    at: &mut At<'_>,
    field: &str,
    message: Option<wire::Target>,
) -> Option<Target> {
    let message = at.required(field, message)?;
    let target = kind(&mut at.at(field), message)?;
    at.must(target != Target::Unassigned, field, "must name a target")
        .then_some(target)
}

fn kind(at: &mut At<'_>, message: wire::Target) -> Option<Target> {
    let Some(kind) = message.kind else {
        return Some(Target::Unassigned);
    };
    match kind {
        Kind::ExtensionId(id) => at
            .parse("extension_id", &id)
            .map(Place::Extension)
            .map(Target::Place),
        Kind::RingGroupId(id) => at
            .parse("ring_group_id", &id)
            .map(Place::RingGroup)
            .map(Target::Place),
        Kind::QueueId(id) => at
            .parse("queue_id", &id)
            .map(Place::Queue)
            .map(Target::Place),
        Kind::MenuId(id) => at.parse("menu_id", &id).map(Place::Menu).map(Target::Place),
        Kind::VoicemailOf(id) => at.parse("voicemail_of", &id).map(Target::Voicemail),
        Kind::ExternalNumber(number) => at.parse("external_number", &number).map(Target::External),
        Kind::Announcement(prompt) => at.parse("announcement", &prompt).map(Target::Announcement),
    }
}

/// A target for clients.
pub(super) fn message(target: &Target) -> Option<wire::Target> {
    let kind = match target {
        Target::Unassigned => None,
        Target::Place(place) => Some(match place {
            Place::Extension(id) => Kind::ExtensionId(id.to_string()),
            Place::RingGroup(id) => Kind::RingGroupId(id.to_string()),
            Place::Queue(id) => Kind::QueueId(id.to_string()),
            Place::Menu(id) => Kind::MenuId(id.to_string()),
        }),
        Target::Voicemail(place) => Some(Kind::VoicemailOf(place.to_string())),
        Target::External(number) => Some(Kind::ExternalNumber(number.to_string())),
        Target::Announcement(prompt) => Some(Kind::Announcement(prompt.to_string())),
    };
    Some(wire::Target { kind })
}
