//! Who did what.

use api::{
    directory::v1::{Queue, UpdateQueueRequest},
    reporting::v1::{AuditEvent, ListAuditEventsRequest},
};
use company::Member;
use prost_types::FieldMask;
use testkit::eventually;
use tonic::Code;

use crate::{
    office::{Office, SOON},
    world::tell,
};

async fn trail(office: &Office<'_>, action_prefix: &str) -> Vec<AuditEvent> {
    let request = ListAuditEventsRequest {
        action_prefix: action_prefix.to_owned(),
        ..Default::default()
    };
    let answer = office
        .company
        .owner()
        .desk()
        .audit()
        .list_audit_events(request)
        .await;
    answer.unwrap().into_inner().audit_events
}

#[test]
fn the_trail_shows_sign_ins() {
    tell(async |world| {
        let office = Office::found(world, "Sign-ins").await;
        let anna = office.company.hire("Anna", "Smith").await.unwrap();
        let refused = Member::sign_in(
            world.platform.anonymous(),
            anna.email(),
            "not her password at all",
        )
        .await;
        assert_eq!(
            refused.unwrap_err().status().unwrap().code(),
            Code::Unauthenticated
        );
        let started = eventually(SOON, "Anna's sign-in is in the trail", async || {
            let trail = trail(&office, "session.").await;
            trail
                .into_iter()
                .find(|event| event.action == "session.started" && event.actor_id == anna.user_id())
        })
        .await;
        assert_eq!(started.result, "OK");
        assert!(started.subject_id.starts_with("ses_"), "{started:?}");
        let refused = eventually(SOON, "the refused attempt is in the trail", async || {
            trail(&office, "session.refused").await.into_iter().next()
        })
        .await;
        assert_eq!(refused.result, "CREDENTIALS_REJECTED");
    });
}

#[test]
fn the_trail_shows_changes_field_by_field() {
    tell(async |world| {
        let office = Office::found(world, "Changes").await;
        let queue = Queue {
            display_name: "Support".to_owned(),
            ..Queue::default()
        };
        let queue = office.company.queue(queue).await.unwrap();
        let request = UpdateQueueRequest {
            request_id: company::request_id(),
            queue: Some(Queue {
                display_name: "Helpdesk".to_owned(),
                ..queue.clone()
            }),
            update_mask: Some(FieldMask {
                paths: vec!["display_name".to_owned()],
            }),
        };
        office
            .company
            .owner()
            .desk()
            .queues()
            .update_queue(request)
            .await
            .unwrap();
        let events = eventually(SOON, "both changes are in the trail", async || {
            let trail = trail(&office, "queue.").await;
            (trail.len() >= 2).then_some(trail)
        })
        .await;
        let [updated, created] = events.as_slice() else {
            panic!("{events:#?}")
        };
        assert_eq!(
            [created.action.as_str(), &updated.action],
            ["queue.created", "queue.updated"]
        );
        for event in [created, updated] {
            assert_eq!(event.actor_id, office.company.owner().user_id());
            assert_eq!(event.subject_id, queue.queue_id);
        }
        let change = updated
            .changes
            .iter()
            .find(|change| change.field.ends_with("display_name"));
        let change = change.unwrap_or_else(|| panic!("{updated:#?}"));
        assert!(
            change.before.contains("Support") && change.after.contains("Helpdesk"),
            "{change:?}"
        );
    });
}
