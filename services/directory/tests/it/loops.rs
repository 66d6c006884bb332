//! No call goes in a circle by itself.

use api::directory::v1::{
    Extension, Menu, MenuKey, Number, Queue, UpdateExtensionRequest, UpdateMenuRequest,
    UpdateQueueRequest, target::Kind,
};
use prost_types::{Duration, FieldMask};
use tonic::Code;

use crate::world::{World, menu, metadata, number, queue, refusal, request_id, to};

fn mask(path: &str) -> Option<FieldMask> {
    Some(FieldMask {
        paths: vec![path.to_owned()],
    })
}

#[tokio::test]
async fn a_circle_is_refused_with_the_way_spelled_out() {
    let world = World::start().await;
    let company = world.company();
    let admin = &company.admin;
    let support = admin.create_queue(queue(&[])).await.unwrap();
    let reception = Menu {
        timeout_target: to(Kind::QueueId(support.queue_id.clone())),
        ..menu()
    };
    let reception = admin.create_menu(reception).await.unwrap();
    let back = UpdateQueueRequest {
        request_id: request_id(),
        queue: Some(Queue {
            empty_target: to(Kind::MenuId(reception.menu_id.clone())),
            ..support.clone()
        }),
        update_mask: mask("empty_target"),
    };
    let refused = admin.queues().update_queue(back.clone()).await;
    let way = format!("{0} → {1} → {0}", support.queue_id, reception.menu_id);
    assert_eq!(metadata(refused, "loop"), way);
    let plan = world.plan(company.id).await.unwrap();
    assert_eq!(
        (plan.version, &plan.queues[0]),
        (2, &support),
        "nothing has changed"
    );

    // With a limit that can never be exceeded nobody takes the exit.
    let full = UpdateQueueRequest {
        request_id: request_id(),
        queue: Some(Queue {
            full_target: to(Kind::MenuId(reception.menu_id.clone())),
            ..support
        }),
        update_mask: mask("full_target"),
    };
    let support = admin
        .queues()
        .update_queue(full)
        .await
        .unwrap()
        .into_inner();
    let limit = UpdateQueueRequest {
        request_id: request_id(),
        queue: Some(Queue {
            max_size: 10,
            ..support
        }),
        update_mask: mask("max_size"),
    };
    let refused = admin.queues().update_queue(limit).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "ROUTING_LOOP".to_owned())
    );
}

#[tokio::test]
async fn a_key_may_lead_back_because_a_person_presses_it() {
    let world = World::start().await;
    let company = world.company();
    let admin = &company.admin;
    let above = admin.create_menu(menu()).await.unwrap();
    let key = |key: &str, menu: &Menu| MenuKey {
        key: key.to_owned(),
        target: to(Kind::MenuId(menu.menu_id.clone())),
        ..MenuKey::default()
    };
    let below = Menu {
        keys: vec![key("0", &above)],
        ..menu()
    };
    let below = admin.create_menu(below).await.unwrap();
    let down = |menu: Menu, field: &str| UpdateMenuRequest {
        request_id: request_id(),
        menu: Some(menu),
        update_mask: mask(field),
    };
    let keys = vec![key("1", &below), key("*", &above)];
    let request = down(
        Menu {
            keys,
            ..above.clone()
        },
        "keys",
    );
    let above = admin
        .menus()
        .update_menu(request)
        .await
        .unwrap()
        .into_inner();

    // The same way by time-out never ends.
    let itself = Menu {
        timeout_target: to(Kind::MenuId(above.menu_id.clone())),
        ..above.clone()
    };
    let refused = admin
        .menus()
        .update_menu(down(itself, "timeout_target"))
        .await;
    assert_eq!(
        metadata(refused, "loop"),
        format!("{0} → {0}", above.menu_id)
    );
}

#[tokio::test]
async fn two_people_cannot_forward_to_each_other() {
    let world = World::start().await;
    let company = world.company();
    let (ada, bob) = (company.colleague().await, company.colleague().await);
    let forward = |from: &Extension, to_: &Extension| UpdateExtensionRequest {
        request_id: request_id(),
        extension: Some(Extension {
            no_answer_target: to(Kind::ExtensionId(to_.extension_id.clone())),
            ..from.clone()
        }),
        update_mask: mask("no_answer_target"),
    };
    let mut extensions = company.admin.extensions();
    extensions
        .update_extension(forward(&ada, &bob))
        .await
        .unwrap();
    let refused = extensions.update_extension(forward(&bob, &ada)).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "ROUTING_LOOP".to_owned())
    );
}

#[tokio::test]
async fn going_out_and_coming_back_in_is_a_circle_too() {
    let world = World::start().await;
    let company = world.company();
    let own = world.number();
    let away = Queue {
        max_wait: Some(Duration {
            seconds: 60,
            nanos: 0,
        }),
        too_long_target: to(Kind::ExternalNumber(own.clone())),
        ..queue(&[])
    };
    let away = company.admin.create_queue(away).await.unwrap();
    let back = Number {
        target: to(Kind::QueueId(away.queue_id.clone())),
        ..number(&own)
    };
    let refused = company.admin.create_number(back).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "ROUTING_LOOP".to_owned())
    );
    // The number was not taken by the way.
    company.admin.create_number(number(&own)).await.unwrap();
}

#[tokio::test]
async fn two_halves_of_a_circle_at_once_make_none() {
    let world = World::start().await;
    let company = world.company();
    let (one, other) = (company.colleague().await, company.colleague().await);
    let forward = |from: &Extension, to_: &Extension| {
        let request = UpdateExtensionRequest {
            request_id: request_id(),
            extension: Some(Extension {
                busy_target: to(Kind::ExtensionId(to_.extension_id.clone())),
                ..from.clone()
            }),
            update_mask: mask("busy_target"),
        };
        let mut extensions = company.admin.extensions();
        async move { extensions.update_extension(request).await }
    };
    let (first, second) = tokio::join!(forward(&one, &other), forward(&other, &one));
    assert_ne!(first.is_ok(), second.is_ok());
}
