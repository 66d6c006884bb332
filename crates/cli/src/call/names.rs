//! Names for people: who or what an id stands for.

use api::{
    directory::v1::{
        ListExtensionsRequest, ListMenusRequest, ListQueuesRequest, ListRingGroupsRequest,
        extension_service_client::ExtensionServiceClient, menu_service_client::MenuServiceClient,
        queue_service_client::QueueServiceClient,
        ring_group_service_client::RingGroupServiceClient,
    },
    identity::v1::{ListUsersRequest, user_service_client::UserServiceClient},
};
use mesh::Service;

use crate::{answer::Doing as _, session::Session};

/// The longest page; what is beyond it stays an id.
const PAGE: i32 = 1000;

/// The text with every id replaced whose name the session may know.
pub(super) async fn instead_of_ids(text: String, session: &Session) -> anyhow::Result<String> {
    let names = look_up(session).await?;
    Ok(names
        .iter()
        .fold(text, |text, (id, name)| text.replace(id, name)))
}

async fn look_up(session: &Session) -> anyhow::Result<Vec<(String, String)>> {
    let directory = session.peer(Service::Directory)?;
    let mut names = Vec::new();
    let request = ListUsersRequest {
        page_size: PAGE,
        ..ListUsersRequest::default()
    };
    let users = UserServiceClient::new(session.peer(Service::Identity)?)
        .list_users(request)
        .await;
    for user in users.doing("look up people")?.users {
        names.push((
            user.user_id,
            format!("{} {}", user.first_name, user.last_name),
        ));
    }
    let request = ListQueuesRequest {
        page_size: PAGE,
        ..ListQueuesRequest::default()
    };
    let queues = QueueServiceClient::new(directory.clone())
        .list_queues(request)
        .await;
    for queue in queues.doing("look up queues")?.queues {
        names.push((queue.queue_id, format!("queue {}", queue.display_name)));
    }
    let request = ListRingGroupsRequest {
        page_size: PAGE,
        ..ListRingGroupsRequest::default()
    };
    let groups = RingGroupServiceClient::new(directory.clone())
        .list_ring_groups(request)
        .await;
    for group in groups.doing("look up ring groups")?.ring_groups {
        names.push((
            group.ring_group_id,
            format!("ring group {}", group.display_name),
        ));
    }
    let request = ListMenusRequest {
        page_size: PAGE,
        ..ListMenusRequest::default()
    };
    let menus = MenuServiceClient::new(directory.clone())
        .list_menus(request)
        .await;
    for menu in menus.doing("look up menus")?.menus {
        names.push((menu.menu_id, format!("menu {}", menu.display_name)));
    }
    let request = ListExtensionsRequest {
        page_size: PAGE,
        ..ListExtensionsRequest::default()
    };
    let extensions = ExtensionServiceClient::new(directory)
        .list_extensions(request)
        .await;
    for extension in extensions.doing("look up extensions")?.extensions {
        names.push((
            extension.extension_id,
            format!("extension {}", extension.short_number),
        ));
    }
    Ok(names)
}
