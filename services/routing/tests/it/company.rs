//! The company that calls: people, a queue, a ring group, a menu, and the numbers that lead
//! there.

use api::directory::v1::{
    Device, Extension, Menu, MenuKey, Number, Plan, Queue, QueueMember, RingGroup, Target,
    target::Kind,
};
use ids::{AccountId, DeviceId, ExtensionId, MenuId, NumberId, QueueId, RingGroupId, UserId};

pub(crate) const SUPPORT: &str = "+442071838750";
pub(crate) const SALES: &str = "+442071838751";
pub(crate) const RECEPTION: &str = "+442071838752";
pub(crate) const ANNA: &str = "+442071838753";
pub(crate) const CALLER: &str = "+491700000001";

/// Its configuration, to be changed before a town opens.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    pub(crate) account: AccountId,
    pub(crate) anna: UserId,
    pub(crate) ben: UserId,
    pub(crate) support: QueueId,
    pub(crate) sales: RingGroupId,
    pub(crate) plan: Plan,
}

impl Company {
    pub(crate) fn new() -> Self {
        let account = AccountId::generate();
        let (anna, ben) = (UserId::generate(), UserId::generate());
        let (support, sales) = (QueueId::generate(), RingGroupId::generate());
        let (menu, extension) = (MenuId::generate(), ExtensionId::generate());
        let members = [anna, ben].map(|person| QueueMember {
            person_id: person.to_string(),
            ..QueueMember::default()
        });
        let key = |key: &str, kind| MenuKey {
            key: key.to_owned(),
            target: target(kind),
            ..MenuKey::default()
        };
        let number = |e164: &str, kind| Number {
            number_id: NumberId::generate().to_string(),
            e164: e164.to_owned(),
            target: target(kind),
            ..Number::default()
        };
        let plan = Plan {
            account_id: account.to_string(),
            version: 1,
            time_zone: "Europe/London".to_owned(),
            country_code: "GB".to_owned(),
            numbers: vec![
                number(SUPPORT, Kind::QueueId(support.to_string())),
                number(SALES, Kind::RingGroupId(sales.to_string())),
                number(RECEPTION, Kind::MenuId(menu.to_string())),
                number(ANNA, Kind::ExtensionId(extension.to_string())),
            ],
            extensions: vec![Extension {
                extension_id: extension.to_string(),
                person_id: anna.to_string(),
                devices: vec![Device {
                    device_id: DeviceId::generate().to_string(),
                    ..Device::default()
                }],
                ..Extension::default()
            }],
            ring_groups: vec![RingGroup {
                ring_group_id: sales.to_string(),
                member_ids: vec![anna.to_string(), ben.to_string()],
                ..RingGroup::default()
            }],
            queues: vec![Queue {
                queue_id: support.to_string(),
                members: members.to_vec(),
                join_empty: true,
                wrap_up: Some(prost_types::Duration {
                    seconds: 0,
                    nanos: 0,
                }),
                ..Queue::default()
            }],
            menus: vec![Menu {
                menu_id: menu.to_string(),
                prompt: "welcome".to_owned(),
                keys: vec![
                    key("1", Kind::QueueId(support.to_string())),
                    key("2", Kind::RingGroupId(sales.to_string())),
                ],
                ..Menu::default()
            }],
            ..Plan::default()
        };
        Self {
            account,
            anna,
            ben,
            support,
            sales,
            plan,
        }
    }

    pub(crate) fn with_queue(mut self, change: impl FnOnce(&mut Queue)) -> Self {
        change(&mut self.plan.queues[0]);
        self
    }

    pub(crate) fn with_group(mut self, change: impl FnOnce(&mut RingGroup)) -> Self {
        change(&mut self.plan.ring_groups[0]);
        self
    }
}

pub(crate) fn target(kind: Kind) -> Option<Target> {
    Some(Target { kind: Some(kind) })
}
