use std::collections::BTreeSet;

use access::Permission;
use api::directory::v1 as wire;
use fault::At;

use super::{Wire, at_most, copy_field, count, duration, optional, target, time};
use crate::{
    app::edit::Ground,
    domain::{
        line::Prompt,
        menu::{self, Choice, Menu},
        resource::Record,
        target::Target,
    },
};

impl Wire for Menu {
    type Message = wire::Menu;

    const ID: &'static str = "menu_id";
    const MANAGE: Permission = Permission::MenusManage;

    fn seen(message: &wire::Menu) -> (&str, &str) {
        (&message.menu_id, &message.etag)
    }

    fn message(record: &Record<Self>) -> wire::Menu {
        let menu = &record.value;
        wire::Menu {
            menu_id: record.id.to_string(),
            display_name: menu.display_name.to_string(),
            prompt: menu.prompt.to_string(),
            keys: menu.keys.iter().map(key_message).collect(),
            key_timeout: duration::message(menu.key_timeout),
            attempts: menu.attempts.into(),
            timeout_target: target::message(&menu.timeout),
            invalid_target: target::message(&menu.invalid),
            schedule_id: menu.schedule.map(|id| id.to_string()).unwrap_or_default(),
            closed_target: target::message(&menu.closed),
            create_time: time::message(record.created),
            update_time: time::message(record.updated),
            etag: record.etag(),
        }
    }

    fn read(message: wire::Menu, _: &Ground<'_, Self>, at: &mut At<'_>) -> Option<Self> {
        let display_name = at.parse("display_name", &message.display_name);
        let prompt = at.parse("prompt", &message.prompt);
        let keys = keys(message.keys, at);
        let key_timeout = duration::read(at, "key_timeout", message.key_timeout, menu::KEY_TIMEOUT);
        let attempts = count(
            at,
            "attempts",
            message.attempts,
            menu::ATTEMPTS,
            menu::DEFAULT_ATTEMPTS,
        );
        let timeout = target::read(at, "timeout_target", message.timeout_target, || {
            Target::Announcement(Prompt::goodbye())
        });
        let like_timeout = || timeout.clone().unwrap_or(Target::Unassigned);
        let invalid = target::read(at, "invalid_target", message.invalid_target, like_timeout);
        let schedule = optional(at, "schedule_id", &message.schedule_id);
        let closed = target::read(at, "closed_target", message.closed_target, || {
            Target::Announcement(Prompt::closed())
        });
        Some(Self {
            display_name: display_name?,
            prompt: prompt?,
            keys: keys?,
            key_timeout: key_timeout?,
            attempts: attempts?,
            timeout: timeout?,
            invalid: invalid?,
            schedule: schedule?,
            closed: closed?,
        })
    }

    fn copy(field: &str, from: &wire::Menu, to: &mut wire::Menu) -> bool {
        copy_field!(field, from => to:
            display_name, prompt, keys, key_timeout, attempts, timeout_target, invalid_target, schedule_id,
            closed_target)
    }
}

fn keys(list: Vec<wire::MenuKey>, at: &mut At<'_>) -> Option<Vec<Choice>> {
    if !at_most(at, "keys", list.len(), menu::MAX_KEYS) {
        return None;
    }
    let mut seen = BTreeSet::new();
    let keys = list.into_iter().enumerate().map(|(index, message)| {
        let mut at = at.index("keys", index);
        let key = at
            .parse("key", &message.key)
            .filter(|key| at.must(seen.insert(*key), "key", "must appear only once"));
        let label = at.parse("label", &message.label);
        let target = target::destination(&mut at, "target", message.target);
        Some(Choice {
            key: key?,
            label: label?,
            target: target?,
        })
    });
    keys.collect::<Vec<_>>().into_iter().collect()
}

fn key_message(choice: &Choice) -> wire::MenuKey {
    wire::MenuKey {
        key: choice.key.to_string(),
        label: choice.label.to_string(),
        target: target::message(&choice.target),
    }
}
