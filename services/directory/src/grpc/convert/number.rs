use access::Permission;
use api::directory::v1 as wire;
use fault::At;

use super::{Wire, copy_field, optional, target, time};
use crate::{
    app::edit::Ground,
    domain::{line::Prompt, number::Number, phone::E164, resource::Record, target::Target},
};

impl Wire for Number {
    type Message = wire::Number;

    const ID: &'static str = "number_id";
    const MANAGE: Permission = Permission::NumbersManage;

    fn seen(message: &wire::Number) -> (&str, &str) {
        (&message.number_id, &message.etag)
    }

    fn message(record: &Record<Self>) -> wire::Number {
        let number = &record.value;
        wire::Number {
            number_id: record.id.to_string(),
            e164: number.e164.to_string(),
            label: number.label.to_string(),
            country_code: number
                .e164
                .country()
                .map(|country| country.to_string())
                .unwrap_or_default(),
            target: target::message(&number.target),
            schedule_id: number.schedule.map(|id| id.to_string()).unwrap_or_default(),
            closed_target: target::message(&number.closed),
            create_time: time::message(record.created),
            update_time: time::message(record.updated),
            etag: record.etag(),
        }
    }

    fn read(message: wire::Number, ground: &Ground<'_, Self>, at: &mut At<'_>) -> Option<Self> {
        // A number never changes; the one that is kept need not be readable by today's rules.
        let e164 = match ground.current {
            Some(current) => Some(current.value.e164.clone()),
            None => at.accept("e164", E164::read(&message.e164, ground.account.country)),
        };
        let label = at.parse("label", &message.label);
        let target = target::read(at, "target", message.target, || Target::Unassigned);
        let schedule = optional(at, "schedule_id", &message.schedule_id);
        let closed = target::read(at, "closed_target", message.closed_target, || {
            Target::Announcement(Prompt::closed())
        });
        Some(Self {
            e164: e164?,
            label: label?,
            target: target?,
            schedule: schedule?,
            closed: closed?,
        })
    }

    fn copy(field: &str, from: &wire::Number, to: &mut wire::Number) -> bool {
        copy_field!(field, from => to: label, schedule_id, closed_target)
    }
}
