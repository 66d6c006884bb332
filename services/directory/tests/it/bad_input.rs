//! What should not be let in.

use api::directory::v1::{
    CreateQueueRequest, Device, Extension, GetQueueRequest, Menu, MenuKey, Number, Queue,
    QueueMember, RingGroup, Target, target::Kind,
};
use ids::{QueueId, UserId};
use prost_types::Duration;
use tonic::Code;

use crate::world::{World, menu, number, queue, refusal, request_id, ring_group, to, wrong_fields};

const HOSTILE: [&str; 8] = [
    "",
    "a\0b",
    "a\r\nb",
    "evil\u{202e}txt",
    "zero\u{200b}width",
    " padded",
    "\u{feff}",
    "\u{7f}",
];

#[tokio::test]
async fn names_are_one_readable_line() {
    let world = World::start().await;
    let company = world.company();
    for name in HOSTILE
        .into_iter()
        .chain([&*"x".repeat(101), &"x".repeat(60_000)])
    {
        let named = Queue {
            display_name: name.to_owned(),
            ..Queue::default()
        };
        let refused = company.admin.create_queue(named).await;
        assert_eq!(wrong_fields(refused), ["queue.display_name"], "{name:.20?}");
    }
    let huge = Queue {
        display_name: "x".repeat(1 << 20),
        ..Queue::default()
    };
    let refused = company.admin.create_queue(huge).await;
    assert_eq!(
        refusal(refused),
        (Code::ResourceExhausted, "REQUEST_TOO_LARGE".to_owned())
    );
    // Harmless to a database that is asked with parameters.
    for name in ["' OR 1=1 --", "%s", "{}", "=cmd()", "*", "a:b"] {
        let named = Queue {
            display_name: name.to_owned(),
            ..Queue::default()
        };
        let created = company.admin.create_queue(named).await.unwrap();
        assert_eq!(created.display_name, name);
    }
}

#[tokio::test]
async fn every_wrong_field_of_a_queue_is_named_by_its_path() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    let member = |person_id: &str, tier| QueueMember {
        person_id: person_id.to_owned(),
        tier,
        dynamic: false,
    };
    let wrong = Queue {
        members: vec![
            member(&ada.person_id, 10),
            member(&ada.person_id, 1),
            member("usr_1", 1),
            member(&ada.extension_id, 0),
        ],
        strategy: 999,
        ring_timeout: Some(Duration {
            seconds: 4,
            nanos: 999_999_999,
        }),
        wrap_up: Some(Duration {
            seconds: -1,
            nanos: 0,
        }),
        max_wait: Some(Duration {
            seconds: 315_360_000,
            nanos: 0,
        }),
        max_size: u32::MAX,
        max_misses: 11,
        service_level_threshold: Some(Duration {
            seconds: 20,
            nanos: 1_000_000_000,
        }),
        short_abandon_threshold: Some(Duration {
            seconds: i64::MIN,
            nanos: i32::MIN,
        }),
        too_long_target: to(Kind::QueueId("que_1".to_owned())),
        full_target: to(Kind::ExternalNumber("112".to_owned())),
        empty_target: to(Kind::VoicemailOf(ada.person_id.clone())),
        ..queue(&[])
    };
    let expected = [
        "queue.members[0].tier",
        "queue.members[1].person_id",
        "queue.members[2].person_id",
        "queue.members[3].person_id",
        "queue.strategy",
        "queue.ring_timeout",
        "queue.wrap_up",
        "queue.max_wait",
        "queue.max_size",
        "queue.max_misses",
        "queue.service_level_threshold",
        "queue.short_abandon_threshold",
        "queue.too_long_target.queue_id",
        "queue.full_target.external_number",
        "queue.empty_target.voicemail_of",
    ];
    assert_eq!(
        wrong_fields(company.admin.create_queue(wrong).await),
        expected
    );

    // Well formed, but nobody of the company.
    let stranger = Queue {
        members: vec![member(&UserId::generate().to_string(), 1)],
        ..queue(&[])
    };
    let refused = company.admin.create_queue(stranger).await;
    assert_eq!(
        refusal(refused),
        (
            Code::FailedPrecondition,
            "PERSON_WITHOUT_EXTENSION".to_owned()
        )
    );
}

#[tokio::test]
async fn lists_have_an_end() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    let crowd: Vec<_> = (0..1001)
        .map(|_| QueueMember {
            person_id: "u".to_owned(),
            ..QueueMember::default()
        })
        .collect();
    let refused = company
        .admin
        .create_queue(Queue {
            members: crowd,
            ..queue(&[])
        })
        .await;
    assert_eq!(wrong_fields(refused), ["queue.members"]);
    let crowd = RingGroup {
        member_ids: vec![ada.person_id.clone(); 101],
        ..ring_group(&[])
    };
    assert_eq!(
        wrong_fields(company.admin.create_ring_group(crowd).await),
        ["ring_group.member_ids"]
    );
    let twice = ring_group(&[&ada, &ada]);
    assert_eq!(
        wrong_fields(company.admin.create_ring_group(twice).await),
        ["ring_group.member_ids[1]"]
    );
    let key = |key: &str| MenuKey {
        key: key.to_owned(),
        target: to(Kind::Announcement("hello".to_owned())),
        ..MenuKey::default()
    };
    let thirteen = Menu {
        keys: vec![key("1"); 13],
        ..menu()
    };
    assert_eq!(
        wrong_fields(company.admin.create_menu(thirteen).await),
        ["menu.keys"]
    );
    let odd = Menu {
        keys: vec![
            key("1"),
            key("1"),
            key("A"),
            MenuKey {
                target: None,
                ..key("2")
            },
            MenuKey {
                target: Some(Target { kind: None }),
                ..key("3")
            },
        ],
        prompt: "p".repeat(201),
        attempts: 11,
        ..menu()
    };
    let expected = [
        "menu.prompt",
        "menu.keys[1].key",
        "menu.keys[2].key",
        "menu.keys[3].target",
        "menu.keys[4].target",
        "menu.attempts",
    ];
    assert_eq!(wrong_fields(company.admin.create_menu(odd).await), expected);
    let devices = vec![
        Device {
            kind: 1,
            label: "Desk".to_owned(),
            ..Device::default()
        };
        11
    ];
    let many = Extension {
        devices,
        ..company.extension(company.hire())
    };
    assert_eq!(
        wrong_fields(company.admin.create_extension(many).await),
        ["extension.devices"]
    );
}

#[tokio::test]
async fn nobody_owns_or_hides_an_emergency_number() {
    let world = World::start().await;
    let company = world.company();
    for e164 in [
        "112",
        "110",
        "911",
        "+49112",
        "tel:112",
        "+1 911",
        "",
        "+",
        "sip:ada@example.com",
        "+1234567890123456",
        "+٤٩٣٠٩٠١٨٢٠",
        "+4930901８20",
        "+49 30 901820 ext. 7",
        "anonymous",
        "030901820\0",
    ] {
        let refused = company.admin.create_number(number(e164)).await;
        assert_eq!(wrong_fields(refused), ["number.e164"], "{e164}");
    }
    for short_number in ["112", "911", "999", "1", "123456789", "1a", "１２", "*1"] {
        let hidden = Extension {
            short_number: short_number.to_owned(),
            ..company.extension(company.hire())
        };
        let refused = company.admin.create_extension(hidden).await;
        assert_eq!(
            wrong_fields(refused),
            ["extension.short_number"],
            "{short_number}"
        );
    }
    for external in [
        "112",
        "tel:+4930901820",
        "030901820",
        "+49 30 901820",
        "+49112",
    ] {
        let away = Number {
            target: to(Kind::ExternalNumber(external.to_owned())),
            ..number("030 901820")
        };
        let refused = company.admin.create_number(away).await;
        assert_eq!(
            wrong_fields(refused),
            ["number.target.external_number"],
            "{external}"
        );
    }
    let created = company
        .admin
        .create_number(number("tel:+49-30-901820"))
        .await
        .unwrap();
    assert_eq!(created.e164, "+4930901820");
}

#[tokio::test]
async fn ids_and_request_ids_are_read_strictly() {
    let world = World::start().await;
    let company = world.company();
    let support = company.admin.create_queue(queue(&[])).await.unwrap();
    let mut queues = company.admin.queues();
    let menu_id = ids::MenuId::generate().to_string();
    for queue_id in [
        "",
        "que_",
        &support.queue_id.to_uppercase(),
        &menu_id,
        "' OR 1=1",
        &"q".repeat(4000),
        &support.queue_id[4..],
        &format!("{} ", support.queue_id),
    ] {
        let refused = queues
            .get_queue(GetQueueRequest {
                queue_id: queue_id.to_owned(),
            })
            .await;
        assert_eq!(wrong_fields(refused), ["queue_id"], "{queue_id:.40}");
    }
    let unknown = GetQueueRequest {
        queue_id: QueueId::generate().to_string(),
    };
    let refused = queues.get_queue(unknown).await;
    assert_eq!(
        refusal(refused),
        (Code::NotFound, "QUEUE_NOT_FOUND".to_owned())
    );

    for wrong in ["", "a b", "é", "a\0", &"x".repeat(65)] {
        let request = CreateQueueRequest {
            request_id: wrong.to_owned(),
            queue: Some(queue(&[])),
        };
        assert_eq!(
            wrong_fields(queues.create_queue(request).await),
            ["request_id"],
            "{wrong:.20?}"
        );
    }
    let empty = CreateQueueRequest {
        request_id: request_id(),
        queue: None,
    };
    assert_eq!(wrong_fields(queues.create_queue(empty).await), ["queue"]);
    assert_eq!(world.plan(company.id).await.unwrap().version, 1);
}
