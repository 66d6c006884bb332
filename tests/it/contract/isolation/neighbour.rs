//! A company with one of everything, and a stranger next door.

use std::collections::BTreeMap;

use api::{
    access::v1::{Permission, Scope},
    directory::v1::{
        CreateExtensionRequest, Extension, GetExtensionRequest, Menu, MenuKey, Queue, QueueMember,
        RingGroup, Schedule, ScheduleState, Target, WeeklySlot, target::Kind,
    },
    identity::v1::{
        CreateRoleRequest, CreateServiceKeyRequest, CustomRole, GetAccountRequest, GetUserRequest,
        ListSessionsRequest, Role, RolePermission, ServiceKey,
    },
    reporting::v1::ListCallRecordsRequest,
    routing::{self, v1::GetCallRequest},
};
use bytes::Bytes;
use company::{Company, CompanyError, Member, queue_members, ring_members};
use edge::Line;
use prost::Message as _;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind as FieldKind, MessageDescriptor, MethodDescriptor, Value,
};
use testkit::eventually;
use tonic::Response;

use super::super::{
    catalogue::{POOL, Rpc, rpcs},
    wire::Call,
};
use crate::{office::SOON, split::wish_to_split, world::World};

/// Lists that change by themselves: the trail and the keys, and calls, whose
/// version counts every look for somebody who is free.
const MOVING: &[&str] = &["ListAuditEvents", "ListSigningKeys", "ListCalls"];

/// The victim.
pub(super) struct Neighbour {
    world: &'static World,
    company: Company,
    /// By the name of the field that would carry it.
    ids: BTreeMap<&'static str, String>,
    /// By the full name of the message.
    resources: BTreeMap<&'static str, Vec<u8>>,
    _member: Member,
    _line: Line,
}

impl Neighbour {
    /// Founds the company and has a caller wait in its queue.
    pub(super) async fn settle(world: &'static World) -> Self {
        let company = world.platform.found("Neighbour").await.unwrap();
        let member = company.hire("Nora", "Next").await.unwrap();
        company.grant(&member, Role::Technical, &[]).await.unwrap();
        let slot = WeeklySlot {
            weekday: 1,
            start_time: "09:00".to_owned(),
            end_time: "17:00".to_owned(),
            state: ScheduleState::Open.into(),
        };
        let schedule = Schedule {
            display_name: "Hours".to_owned(),
            slots: vec![slot],
            ..Schedule::default()
        };
        let schedule = company.schedule(schedule).await.unwrap();
        let queue = Queue {
            display_name: "Support".to_owned(),
            members: queue_members(&[&member]),
            join_empty: true,
            ..Queue::default()
        };
        let queue = company.queue(queue).await.unwrap();
        let ring_group = RingGroup {
            display_name: "Sales".to_owned(),
            member_ids: ring_members(&[&member]),
            ..RingGroup::default()
        };
        let ring_group = company.ring_group(ring_group).await.unwrap();
        let menu = Menu {
            display_name: "Welcome".to_owned(),
            prompt: "welcome".to_owned(),
            keys: vec![MenuKey {
                key: "1".to_owned(),
                target: leads_to(&queue),
                ..MenuKey::default()
            }],
            ..Menu::default()
        };
        let menu = company.menu(menu).await.unwrap();
        let number = company
            .number(Kind::QueueId(queue.queue_id.clone()))
            .await
            .unwrap();
        let line = world
            .edge
            .dial("+493012345678", &number.e164)
            .await
            .unwrap();
        let records = company.owner().desk().records();
        eventually(
            SOON,
            "reporting has heard of the waiting call",
            async || {
                let answer = records
                    .clone()
                    .list_call_records(ListCallRecordsRequest::default())
                    .await
                    .unwrap();
                answer
                    .into_inner()
                    .call_records
                    .into_iter()
                    .find(|record| !record.queue_ids.is_empty())
            },
        )
        .await;
        let shared = company.hire("Nils", "Next").await.unwrap();
        let wish = wish_to_split(&company, &shared).await;
        let split = company.owner().desk().splits().split_identity(wish).await;
        let split = split.unwrap().into_inner().split_id;
        let owner = company.owner().desk();
        let key = CreateServiceKeyRequest {
            request_id: company::request_id(),
            service_key: Some(ServiceKey {
                display_name: "CRM".to_owned(),
                permissions: vec![Permission::UsersRead.into()],
                ..ServiceKey::default()
            }),
        };
        let key = owner.service_keys().create_service_key(key).await.unwrap();
        let key = key.into_inner().service_key.unwrap();
        let role = CreateRoleRequest {
            request_id: company::request_id(),
            role: Some(CustomRole {
                display_name: "Reader".to_owned(),
                permissions: vec![RolePermission {
                    permission: Permission::UsersRead.into(),
                    reach: Scope::Account.into(),
                }],
                ..CustomRole::default()
            }),
        };
        let role = owner.access().create_role(role).await.unwrap();
        let role = role.into_inner();
        let request = GetUserRequest {
            user_id: member.user_id().to_owned(),
        };
        let user = owner.users().get_user(request).await.unwrap().into_inner();
        let account = owner
            .accounts()
            .get_account(GetAccountRequest {})
            .await
            .unwrap()
            .into_inner();
        let request = GetExtensionRequest {
            extension_id: member.extension_id().to_owned(),
        };
        let extension = owner
            .extensions()
            .get_extension(request)
            .await
            .unwrap()
            .into_inner();
        let sessions = member
            .desk()
            .auth()
            .list_sessions(ListSessionsRequest::default())
            .await
            .unwrap();
        let session = sessions.into_inner().sessions.remove(0).session_id;
        let person = member.user_id().to_owned();
        let ids = BTreeMap::from([
            ("user_id", person.clone()),
            ("person_id", person.clone()),
            ("person_ids", person.clone()),
            ("actor_id", company.owner().user_id().to_owned()),
            ("subject_id", queue.queue_id.clone()),
            ("session_id", session),
            ("key_id", key.key_id),
            ("role_id", role.role_id.clone()),
            ("device_id", member.device_id().to_owned()),
            ("extension_id", extension.extension_id.clone()),
            ("number_id", number.number_id.clone()),
            ("ring_group_id", ring_group.ring_group_id.clone()),
            ("queue_id", queue.queue_id.clone()),
            ("queue_ids", queue.queue_id.clone()),
            ("menu_id", menu.menu_id.clone()),
            ("schedule_id", schedule.schedule_id.clone()),
            ("call_id", line.call_id().to_owned()),
            ("split_id", split),
        ]);
        let resources = BTreeMap::from([
            ("strowger.identity.v1.User", user.encode_to_vec()),
            ("strowger.identity.v1.CustomRole", role.encode_to_vec()),
            ("strowger.identity.v1.Account", account.encode_to_vec()),
            ("strowger.directory.v1.Extension", extension.encode_to_vec()),
            ("strowger.directory.v1.Number", number.encode_to_vec()),
            (
                "strowger.directory.v1.RingGroup",
                ring_group.encode_to_vec(),
            ),
            ("strowger.directory.v1.Queue", queue.encode_to_vec()),
            ("strowger.directory.v1.Menu", menu.encode_to_vec()),
            ("strowger.directory.v1.Schedule", schedule.encode_to_vec()),
        ]);
        Self {
            world,
            company,
            ids,
            resources,
            _member: member,
            _line: line,
        }
    }

    /// Their id for a field of this name. A field that is new gets one here.
    pub(super) fn id_for(&self, field: &str) -> String {
        self.ids
            .get(field)
            .unwrap_or_else(|| panic!("no id of the neighbour's for the new field {field}"))
            .clone()
    }

    /// Their object of this type; `None` for the account, which no request
    /// names: it follows from the token.
    pub(super) fn resource(&self, message: MessageDescriptor) -> Option<DynamicMessage> {
        if message.full_name() == "strowger.identity.v1.Account" {
            return None;
        }
        let bytes = self.resources.get(message.full_name());
        let bytes =
            bytes.unwrap_or_else(|| panic!("no object of the new type {}", message.full_name()));
        Some(DynamicMessage::decode(message, bytes.as_slice()).unwrap())
    }

    /// The etag of what the method is about: right, so that it is not what is
    /// refused.
    pub(super) fn etag_of(&self, method: &MethodDescriptor) -> String {
        let service = method
            .parent_service()
            .name()
            .trim_end_matches("Service")
            .to_owned();
        if service == "Split" {
            // Theirs is of a plan, which nobody else can make.
            return "a plan".to_owned();
        }
        let message = format!("strowger.directory.v1.{service}");
        let resource = self
            .resource(POOL.get_message_by_name(&message).unwrap())
            .unwrap();
        resource
            .get_field_by_name("etag")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// A field that Update may change.
    pub(super) fn changeable(&self, method: &MethodDescriptor) -> &'static str {
        match method.name() {
            "UpdateUser" => "first_name",
            "UpdateNumber" => "label",
            _ => "display_name",
        }
    }

    /// Whatever else a request needs to be valid.
    pub(super) fn complete(&self, request: &mut DynamicMessage, field: &FieldDescriptor) {
        match (field.kind(), field.name()) {
            // A role of the account's own is named instead, where there is a field for it.
            (FieldKind::Enum(_), "role")
                if field
                    .parent_message()
                    .get_field_by_name("role_id")
                    .is_none() =>
            {
                request.set_field(field, Value::EnumNumber(Role::Technical.into()))
            }
            (FieldKind::Enum(_), "mode" | "state") => {
                request.set_field(field, Value::EnumNumber(1))
            }
            (FieldKind::String, "reason") => {
                request.set_field(field, Value::String("a good one".to_owned()))
            }
            (FieldKind::Message(inner), "start_time" | "end_time")
                if inner.name() == "Timestamp" =>
            {
                let mut time = DynamicMessage::new(inner);
                let seconds = if field.name() == "start_time" {
                    1_767_225_600
                } else {
                    1_767_312_000
                };
                time.set_field_by_name("seconds", Value::I64(seconds));
                request.set_field(field, Value::Message(time));
            }
            (FieldKind::Message(inner), "target") => {
                let mut target = DynamicMessage::new(inner);
                target.set_field_by_name("announcement", Value::String("closed".to_owned()));
                request.set_field(field, Value::Message(target));
            }
            (FieldKind::Message(inner), "grant") => {
                let mut grant = DynamicMessage::new(inner);
                grant.set_field_by_name("user_id", Value::String(self.id_for("user_id")));
                grant.set_field_by_name("role", Value::EnumNumber(Role::Technical.into()));
                request.set_field(field, Value::Message(grant));
            }
            (FieldKind::Message(inner), "people") => {
                let people = ["ada", "ben"].map(|name| {
                    let mut person = DynamicMessage::new(inner.clone());
                    for field in ["first_name", "last_name"] {
                        person.set_field_by_name(field, Value::String(name.to_owned()));
                    }
                    let email = format!("{name}.{}@example.com", company::request_id());
                    person.set_field_by_name("email", Value::String(email));
                    Value::Message(person)
                });
                request.set_field(field, Value::List(people.to_vec()));
            }
            (FieldKind::Message(inner), "successor") => {
                let mut successor = DynamicMessage::new(inner);
                successor.set_field_by_name("display_name", Value::String("Sales".to_owned()));
                successor.set_field_by_name("ring_group", Value::EnumNumber(0));
                request.set_field(field, Value::Message(successor));
            }
            _ => {}
        }
    }

    /// Everything they see of their company, call by call.
    pub(super) async fn everything(&self) -> Vec<(String, Bytes)> {
        let mut all = Vec::new();
        let lists = rpcs().into_iter().filter(|rpc| {
            let name = rpc.method.name();
            name.starts_with("List") && !MOVING.contains(&name)
        });
        for rpc in lists {
            let call = Call::new().bearer(self.company.owner().access_token());
            let answer = call.to(&rpc.address(self.world), rpc.path).await.unwrap();
            all.push((rpc.path.to_owned(), answer));
        }
        let request = GetCallRequest {
            call_id: self.id_for("call_id"),
        };
        let call = self.company.owner().desk().calls().get_call(request).await;
        let call = call.unwrap().into_inner();
        all.push((
            call.call_id.clone(),
            routing::v1::Call { version: 0, ..call }
                .encode_to_vec()
                .into(),
        ));
        all
    }

    /// Which of their ids stands in an answer that a stranger got.
    pub(super) fn leak_in(&self, rpc: &Rpc, answer: &[u8]) -> Option<String> {
        let answer = String::from_utf8_lossy(answer);
        let leaked = self.ids.values().find(|id| answer.contains(id.as_str()))?;
        Some(format!("{}: shows {leaked}", rpc.path))
    }
}

fn leads_to(queue: &Queue) -> Option<Target> {
    Some(Target {
        kind: Some(Kind::QueueId(queue.queue_id.clone())),
    })
}

/// Somebody who may do everything, in a company of their own.
pub(super) async fn stranger(world: &World) -> String {
    let company = world.platform.found("Stranger").await.unwrap();
    company.owner().access_token().to_owned()
}

/// Attempts to lead calls of one's own company into the neighbour's.
pub(super) async fn break_ins(
    world: &World,
    neighbour: &Neighbour,
) -> Vec<(&'static str, Result<(), tonic::Status>)> {
    let company = world.platform.found("Burglar").await.unwrap();
    let queue = Kind::QueueId(neighbour.id_for("queue_id"));
    let target = Some(Target {
        kind: Some(queue.clone()),
    });
    let person_id = neighbour.id_for("person_id");
    let name = || "Break-in".to_owned();
    let extension = Extension {
        person_id: person_id.clone(),
        short_number: "777".to_owned(),
        display_name: name(),
        ..Extension::default()
    };
    let extension = CreateExtensionRequest {
        request_id: company::request_id(),
        extension: Some(extension),
    };
    let extension = company
        .owner()
        .desk()
        .extensions()
        .create_extension(extension)
        .await;
    let member = QueueMember {
        person_id: person_id.clone(),
        ..Default::default()
    };
    let with_member = Queue {
        display_name: name(),
        members: vec![member],
        ..Queue::default()
    };
    let with_target = Queue {
        display_name: name(),
        full_target: target.clone(),
        ..Queue::default()
    };
    let group = RingGroup {
        display_name: name(),
        member_ids: vec![person_id],
        ..RingGroup::default()
    };
    let key = MenuKey {
        key: "1".to_owned(),
        target,
        ..MenuKey::default()
    };
    let menu = Menu {
        display_name: name(),
        prompt: "x".to_owned(),
        keys: vec![key],
        ..Menu::default()
    };
    let voicemail = Kind::VoicemailOf(neighbour.id_for("extension_id"));
    vec![
        (
            "a number on their queue",
            refusal(company.number(queue).await),
        ),
        (
            "a number on their voicemail",
            refusal(company.number(voicemail).await),
        ),
        (
            "an extension for their person",
            extension.map(Response::into_inner).map(drop),
        ),
        (
            "a queue with their person",
            refusal(company.queue(with_member).await),
        ),
        (
            "a queue that overflows into theirs",
            refusal(company.queue(with_target).await),
        ),
        (
            "a ring group with their person",
            refusal(company.ring_group(group).await),
        ),
        (
            "a menu that leads into their queue",
            refusal(company.menu(menu).await),
        ),
    ]
}

fn refusal<T>(answer: Result<T, CompanyError>) -> Result<(), tonic::Status> {
    match answer {
        Ok(_) => Ok(()),
        Err(CompanyError::Refused { status, .. }) => Err(*status),
        Err(other) => panic!("{other}"),
    }
}
