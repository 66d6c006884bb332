//! Companies know nothing of each other, and people no more than they may.

use access::Role;
use api::directory::v1::{
    DeleteMenuRequest, GetExtensionRequest, GetMenuRequest, GetQueueRequest, ListMenusRequest,
    ListQueuesRequest, Menu, Queue, UpdateExtensionRequest, UpdateMenuRequest, target::Kind,
};
use ids::UserId;
use prost_types::FieldMask;
use store::ConnectionTrait as _;
use tonic::Code;

use crate::world::{World, menu, number, queue, refusal, request_id, ring_group, to};

#[tokio::test]
async fn what_is_another_companys_does_not_exist() {
    let world = World::start().await;
    let (mine, theirs) = (world.company(), world.company());
    let secret = theirs.admin.create_menu(menu()).await.unwrap();
    let ada = theirs.colleague().await;
    mine.admin.create_queue(queue(&[])).await.unwrap();
    let absent = (Code::NotFound, "MENU_NOT_FOUND".to_owned());
    let mut menus = mine.admin.menus();
    let menu_id = secret.menu_id.clone();

    let got = menus
        .get_menu(GetMenuRequest {
            menu_id: menu_id.clone(),
        })
        .await;
    assert_eq!(refusal(got), absent);
    let update = UpdateMenuRequest {
        request_id: request_id(),
        menu: Some(secret.clone()),
        update_mask: Some(FieldMask {
            paths: vec!["prompt".to_owned()],
        }),
    };
    assert_eq!(refusal(menus.update_menu(update).await), absent);
    let delete = DeleteMenuRequest {
        request_id: request_id(),
        menu_id: menu_id.clone(),
        etag: "1".to_owned(),
    };
    assert_eq!(refusal(menus.delete_menu(delete).await), absent);
    let listed = menus.list_menus(ListMenusRequest::default()).await.unwrap();
    assert_eq!(listed.get_ref().menus, []);

    // Nor can it be led to, or worked for.
    let leads = Menu {
        timeout_target: to(Kind::MenuId(menu_id)),
        ..menu()
    };
    let refused = mine.admin.create_menu(leads).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "TARGET_NOT_FOUND".to_owned())
    );
    let refused = mine.admin.create_ring_group(ring_group(&[&ada])).await;
    assert_eq!(
        refusal(refused),
        (
            Code::FailedPrecondition,
            "PERSON_WITHOUT_EXTENSION".to_owned()
        )
    );
    let stolen = mine.extension(ada.person_id.parse::<UserId>().unwrap());
    let refused = mine.admin.create_extension(stolen).await;
    assert_eq!(
        refusal(refused),
        (Code::FailedPrecondition, "PERSON_NOT_FOUND".to_owned())
    );
    assert_eq!(world.plan(theirs.id).await.unwrap().menus, [secret]);
}

#[tokio::test]
async fn a_number_belongs_to_one_company_in_the_mesh() {
    let world = World::start().await;
    let (mine, theirs) = (world.company(), world.company());
    let e164 = world.number();
    let take = |company: &crate::world::Company| {
        let (admin, number) = (company.admin.clone(), number(&e164));
        async move { admin.create_number(number).await }
    };
    let (one, other) = tokio::join!(take(&mine), take(&theirs));
    assert_ne!(one.is_ok(), other.is_ok());
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(
        refusal(lost),
        (Code::AlreadyExists, "NUMBER_TAKEN".to_owned())
    );
}

/// The second lock: a statement that forgets the account finds nothing.
#[tokio::test]
async fn a_query_without_a_tenant_is_empty() {
    let world = World::start().await;
    let company = world.company();
    let ada = company.colleague().await;
    company.admin.create_queue(queue(&[&ada])).await.unwrap();
    let store = world.database.store().await;
    for table in [
        "accounts",
        "resources",
        "links",
        "extensions",
        "numbers",
        "ring_groups",
        "queues",
        "menus",
        "schedules",
        "splits",
    ] {
        let deleted = store
            .execute_unprepared(&format!("DELETE FROM {table}"))
            .await
            .unwrap();
        assert_eq!(deleted.rows_affected(), 0, "{table}");
    }
}

#[tokio::test]
async fn a_plain_user_sees_what_rings_them_and_changes_their_own() {
    let world = World::start().await;
    let company = world.company();
    let (ada, bob) = (company.colleague().await, company.colleague().await);
    let support = company.admin.create_queue(queue(&[&ada])).await.unwrap();
    let sales = company.admin.create_queue(queue(&[&bob])).await.unwrap();
    let person = world
        .callers
        .person(company.id)
        .named(ada.person_id.parse().unwrap());
    let me = world.holder(person.with_roles(&[Role::User]).token());

    let listed = me
        .queues()
        .list_queues(ListQueuesRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.get_ref().queues, std::slice::from_ref(&support));
    let other = me
        .queues()
        .get_queue(GetQueueRequest {
            queue_id: sales.queue_id,
        })
        .await;
    assert_eq!(
        refusal(other),
        (Code::NotFound, "QUEUE_NOT_FOUND".to_owned())
    );
    let mine = GetExtensionRequest {
        extension_id: ada.extension_id.clone(),
    };
    assert_eq!(
        me.extensions()
            .get_extension(mine)
            .await
            .unwrap()
            .into_inner(),
        ada
    );

    let rename = |extension: &api::directory::v1::Extension| UpdateExtensionRequest {
        request_id: request_id(),
        extension: Some(api::directory::v1::Extension {
            display_name: "Ada Lovelace".to_owned(),
            ..extension.clone()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
    };
    me.extensions()
        .update_extension(rename(&ada))
        .await
        .unwrap();
    let refused = me.extensions().update_extension(rename(&bob)).await;
    assert_eq!(
        refusal(refused),
        (Code::NotFound, "EXTENSION_NOT_FOUND".to_owned())
    );
    let another = me.create_extension(company.extension(company.hire())).await;
    assert_eq!(
        refusal(another),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );
    let refused = me
        .create_queue(Queue {
            display_name: "Mine".to_owned(),
            ..Queue::default()
        })
        .await;
    assert_eq!(
        refusal(refused),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );
    let refused = world
        .colleague(&company, Role::Accountant)
        .queues()
        .list_queues(ListQueuesRequest::default())
        .await;
    assert_eq!(
        refusal(refused),
        (Code::PermissionDenied, "PERMISSION_MISSING".to_owned())
    );
}
