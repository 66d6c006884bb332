//! Repeated requests, stale etags, masks, pages.

use api::directory::v1::{
    CreateQueueRequest, Extension, ListQueuesRequest, Queue, UpdateExtensionRequest,
    UpdateQueueRequest, target::Kind,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::world::{World, queue, refusal, request_id, to, wrong_fields};

fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    })
}

fn update(queue: Queue, paths: &[&str]) -> UpdateQueueRequest {
    UpdateQueueRequest {
        request_id: request_id(),
        queue: Some(queue),
        update_mask: mask(paths),
    }
}

#[tokio::test]
async fn a_repeated_request_has_one_effect_and_one_answer() {
    let world = World::start().await;
    let company = world.company();
    let request = CreateQueueRequest {
        request_id: request_id(),
        queue: Some(queue(&[])),
    };
    let create = || {
        let (mut queues, request) = (company.admin.queues(), request.clone());
        async move {
            queues
                .create_queue(request)
                .await
                .map(tonic::Response::into_inner)
        }
    };
    let (one, other) = tokio::join!(create(), create());
    let first = one.unwrap();
    assert_eq!(first, other.unwrap());
    assert_eq!(first, create().await.unwrap());
    assert_eq!(world.plan(company.id).await.unwrap().version, 1);

    let changed = CreateQueueRequest {
        queue: Some(Queue {
            join_empty: true,
            ..queue(&[])
        }),
        ..request.clone()
    };
    let refused = company.admin.queues().create_queue(changed).await;
    assert_eq!(
        refusal(refused),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
}

#[tokio::test]
async fn a_repeat_is_answered_even_if_the_person_has_left_since() {
    let world = World::start().await;
    let company = world.company();
    let person = company.hire();
    let request = api::directory::v1::CreateExtensionRequest {
        request_id: request_id(),
        extension: Some(company.extension(person)),
    };
    let mut extensions = company.admin.extensions();
    let first = extensions
        .create_extension(request.clone())
        .await
        .unwrap()
        .into_inner();
    world.identity.knows(
        person,
        company.id,
        api::identity::v1::UserState::Deactivated,
    );
    assert_eq!(
        extensions
            .create_extension(request)
            .await
            .unwrap()
            .into_inner(),
        first
    );
}

#[tokio::test]
async fn of_two_who_edit_at_once_one_wins() {
    let world = World::start().await;
    let company = world.company();
    let support = company.admin.create_queue(queue(&[])).await.unwrap();
    let edit = |size| {
        let mut queues = company.admin.queues();
        let request = update(
            Queue {
                max_size: size,
                ..support.clone()
            },
            &["max_size"],
        );
        async move {
            queues
                .update_queue(request)
                .await
                .map(tonic::Response::into_inner)
        }
    };
    let answers = [edit(1), edit(2), edit(3), edit(4)];
    let answers = futures::future::join_all(answers).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 3));
    for refused in lost {
        assert_eq!(
            refusal(refused),
            (Code::Aborted, "ETAG_MISMATCH".to_owned())
        );
    }
    let plan = world.plan(company.id).await.unwrap();
    assert_eq!(
        (plan.version, &plan.queues[0]),
        (2, won[0].as_ref().unwrap())
    );
}

#[tokio::test]
async fn only_masked_fields_change_and_missing_ones_go_back_to_their_defaults() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    let special = Queue {
        max_size: 7,
        wrap_up: Some(prost_types::Duration {
            seconds: 0,
            nanos: 0,
        }),
        full_target: to(Kind::ExtensionId(ada.extension_id.clone())),
        ..queue(&[&ada])
    };
    let support = company.admin.create_queue(special).await.unwrap();
    let sent = Queue {
        queue_id: support.queue_id.clone(),
        etag: support.etag.clone(),
        display_name: "Not masked".to_owned(),
        max_size: 9,
        ..Queue::default()
    };
    let mut queues = company.admin.queues();
    let request = update(sent, &["max_size", "wrap_up", "full_target"]);
    let changed = queues.update_queue(request).await.unwrap().into_inner();
    assert_eq!(
        (changed.max_size, changed.display_name.as_str()),
        (9, "Support")
    );
    assert_eq!(changed.wrap_up.unwrap().seconds, 10);
    assert_eq!(
        changed.full_target,
        to(Kind::VoicemailOf(support.queue_id.clone()))
    );
    assert_eq!(changed.members, support.members);
    assert_ne!(changed.update_time, support.update_time);

    // The same settings again change nothing.
    let same = queues
        .update_queue(update(changed.clone(), &["max_size"]))
        .await
        .unwrap();
    assert_eq!(same.into_inner(), changed);

    let refused = queues.update_queue(update(changed.clone(), &[])).await;
    assert_eq!(wrong_fields(refused), ["update_mask"]);
    let paths = ["max_size", "queue_id", "nonsense", "members.tier", "*"];
    let refused = queues.update_queue(update(changed.clone(), &paths)).await;
    let wrong = [1, 2, 3, 4].map(|index| format!("update_mask.paths[{index}]"));
    assert_eq!(wrong_fields(refused), wrong);
    let refused = queues
        .update_queue(update(
            Queue {
                etag: String::new(),
                ..changed
            },
            &["max_size"],
        ))
        .await;
    assert_eq!(wrong_fields(refused), ["queue.etag"]);
}

#[tokio::test]
async fn an_extension_stays_with_its_person_and_devices_keep_their_ids() {
    let world = World::start().await;
    let company = world.company();
    let app = |device_id: &str| api::directory::v1::Device {
        device_id: device_id.to_owned(),
        kind: api::directory::v1::DeviceKind::App.into(),
        label: "App".to_owned(),
    };
    let extension = Extension {
        devices: vec![app("")],
        ..company.extension(company.hire())
    };
    let ada = company.admin.create_extension(extension).await.unwrap();
    let first = ada.devices[0].device_id.clone();
    assert!(first.starts_with("dev_"));
    let change = |devices: Vec<_>, paths: &[&str]| UpdateExtensionRequest {
        request_id: request_id(),
        extension: Some(Extension {
            devices,
            person_id: company.hire().to_string(),
            ..ada.clone()
        }),
        update_mask: mask(paths),
    };
    let mut extensions = company.admin.extensions();
    let refused = extensions
        .update_extension(change(vec![], &["person_id"]))
        .await;
    assert_eq!(wrong_fields(refused), ["update_mask.paths[0]"]);
    let foreign = ids::DeviceId::generate().to_string();
    let claimed = change(vec![app(&first), app(&foreign), app(&first)], &["devices"]);
    let refused = extensions.update_extension(claimed).await;
    let wrong = [
        "extension.devices[1].device_id",
        "extension.devices[2].device_id",
    ];
    assert_eq!(wrong_fields(refused), wrong);
    let two = extensions
        .update_extension(change(vec![app(""), app(&first)], &["devices"]))
        .await;
    let two = two.unwrap().into_inner();
    assert_eq!(
        (two.devices[1].device_id.as_str(), &two.person_id),
        (first.as_str(), &ada.person_id)
    );
}

#[tokio::test]
async fn pages_walk_through_everything_once() {
    let world = World::start().await;
    let (company, other) = (world.company(), world.company());
    let mut created = Vec::new();
    for _ in 0..5 {
        created.push(company.admin.create_queue(queue(&[])).await.unwrap());
    }
    let mut queues = company.admin.queues();
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListQueuesRequest {
            page_size: 2,
            page_token: token.clone(),
        };
        let page = queues.list_queues(request).await.unwrap().into_inner();
        assert!(page.queues.len() <= 2);
        seen.extend(page.queues);
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    assert_eq!(seen, created);

    let list = |page_size, page_token: &str| ListQueuesRequest {
        page_size,
        page_token: page_token.to_owned(),
    };
    assert_eq!(
        queues
            .list_queues(list(1_000_000_000, ""))
            .await
            .unwrap()
            .get_ref()
            .queues
            .len(),
        5
    );
    assert_eq!(
        wrong_fields(queues.list_queues(list(-1, "")).await),
        ["page_size"]
    );
    let invalid = (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned());
    let forged = format!("{}x", &token[..token.len() - 1]);
    for wrong in [forged.as_str(), "!", "AAAA", &"A".repeat(3000)] {
        assert_eq!(refusal(queues.list_queues(list(2, wrong)).await), invalid);
    }
    // Of another company, and of another list.
    assert_eq!(
        refusal(other.admin.queues().list_queues(list(2, &token)).await),
        invalid
    );
    let request = api::directory::v1::ListMenusRequest {
        page_size: 2,
        page_token: token,
    };
    assert_eq!(
        refusal(company.admin.menus().list_menus(request).await),
        invalid
    );
}
