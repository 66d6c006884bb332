use std::collections::HashSet;

use access::Permission;
use api::directory::v1 as wire;
use fault::At;
use ids::DeviceId;

use super::{Wire, at_most, choice, copy_field, duration, target, time};
use crate::{
    app::edit::Ground,
    domain::{
        extension::{Device, DeviceKind, Extension, MAX_DEVICES, RING_TIMEOUT},
        resource::Record,
    },
};

impl Wire for Extension {
    type Message = wire::Extension;

    const ID: &'static str = "extension_id";
    const MANAGE: Permission = Permission::ExtensionsManage;

    fn seen(message: &wire::Extension) -> (&str, &str) {
        (&message.extension_id, &message.etag)
    }

    fn message(record: &Record<Self>) -> wire::Extension {
        let extension = &record.value;
        wire::Extension {
            extension_id: record.id.to_string(),
            person_id: extension.person.to_string(),
            short_number: extension.short_number.to_string(),
            display_name: extension.display_name.to_string(),
            devices: extension.devices.iter().map(device_message).collect(),
            ring_timeout: duration::message(extension.ring_timeout),
            busy_target: target::message(&extension.busy),
            no_answer_target: target::message(&extension.no_answer),
            create_time: time::message(record.created),
            update_time: time::message(record.updated),
            etag: record.etag(),
        }
    }

    fn read(message: wire::Extension, ground: &Ground<'_, Self>, at: &mut At<'_>) -> Option<Self> {
        let voicemail = || Self::voicemail(ground.id);
        let person = at.parse("person_id", &message.person_id);
        let short_number = at.parse("short_number", &message.short_number);
        let display_name = at.parse("display_name", &message.display_name);
        let devices = devices(message.devices, ground, at);
        let ring_timeout = duration::read(at, "ring_timeout", message.ring_timeout, RING_TIMEOUT);
        let busy = target::read(at, "busy_target", message.busy_target, voicemail);
        let no_answer = target::read(at, "no_answer_target", message.no_answer_target, voicemail);
        Some(Self {
            person: person?,
            short_number: short_number?,
            display_name: display_name?,
            devices: devices?,
            ring_timeout: ring_timeout?,
            busy: busy?,
            no_answer: no_answer?,
        })
    }

    fn copy(field: &str, from: &wire::Extension, to: &mut wire::Extension) -> bool {
        copy_field!(field, from => to:
            short_number, display_name, devices, ring_timeout, busy_target, no_answer_target)
    }
}

fn devices(
    list: Vec<wire::Device>,
    ground: &Ground<'_, Extension>,
    at: &mut At<'_>,
) -> Option<Vec<Device>> {
    if !at_most(at, "devices", list.len(), MAX_DEVICES) {
        return None;
    }
    let known: HashSet<DeviceId> = ground
        .current
        .iter()
        .flat_map(|record| &record.value.devices)
        .map(|device| device.id)
        .collect();
    let mut seen = HashSet::new();
    let devices = list.into_iter().enumerate().map(|(index, message)| {
        let mut at = at.index("devices", index);
        // Only the server names devices: an invented id could be somebody else's.
        let id = if message.device_id.is_empty() {
            Some(DeviceId::generate())
        } else {
            let id = at.parse("device_id", &message.device_id);
            id.filter(|id| {
                at.must(
                    known.contains(id),
                    "device_id",
                    "must be a device of this extension, or empty",
                )
            })
            .filter(|id| at.must(seen.insert(*id), "device_id", "must appear only once"))
        };
        let kind = choice(&mut at, "kind", message.kind, |kind| match kind {
            wire::DeviceKind::Unspecified => None,
            wire::DeviceKind::DeskPhone => Some(DeviceKind::DeskPhone),
            wire::DeviceKind::App => Some(DeviceKind::App),
            wire::DeviceKind::MobileTwin => Some(DeviceKind::MobileTwin),
        });
        let label = at.parse("label", &message.label);
        Some(Device {
            id: id?,
            kind: kind?,
            label: label?,
        })
    });
    // All of them are looked at before any failure ends it.
    devices.collect::<Vec<_>>().into_iter().collect()
}

fn device_message(device: &Device) -> wire::Device {
    let kind = match device.kind {
        DeviceKind::DeskPhone => wire::DeviceKind::DeskPhone,
        DeviceKind::App => wire::DeviceKind::App,
        DeviceKind::MobileTwin => wire::DeviceKind::MobileTwin,
    };
    wire::Device {
        device_id: device.id.to_string(),
        kind: kind.into(),
        label: device.label.to_string(),
    }
}
