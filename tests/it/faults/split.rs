//! A split of a shared identity that is killed half-way.

use std::time::Duration;

use api::{
    directory::v1::{ListExtensionsRequest, ListRingGroupsRequest, SplitState, target::Kind},
    identity::v1::{ListUsersRequest, UserState},
};
use company::Company;
use mesh::Service;
use testkit::eventually;

use crate::{
    office::{Office, SOON, answered_by},
    split::{go_on, rings_only, wish_to_split},
    world::{OwnWorld, alone},
};

const RECOVERED: Duration = Duration::from_secs(30);

/// Everybody who was ever one of the three.
async fn shifts(company: &Company) -> Vec<UserState> {
    let request = ListUsersRequest::default();
    let users = company.owner().desk().users().list_users(request).await;
    let users = users.unwrap().into_inner().users.into_iter();
    users
        .filter(|user| user.last_name == "Shift")
        .map(|user| user.state())
        .collect()
}

#[test]
fn directory_and_identity_die_during_a_split_and_it_is_one_split() {
    alone(async {
        let world = OwnWorld::start().await;
        let office = Office::found(&world, "Split Dies").await;
        let company = &office.company;
        let [shared] = office.at_work(["Desk"]).await;
        let number = office
            .number(Kind::ExtensionId(shared.extension_id().to_owned()))
            .await;
        let mut line = office.call(&number).await;
        answered_by(&mut line, &shared).await;
        line.hang_up().await.unwrap();
        let wish = wish_to_split(company, &shared).await;
        let begin = || {
            let mut splits = company.owner().desk().splits();
            let wish = wish.clone();
            async move { splits.split_identity(wish).await }
        };

        // Directory dies as soon as the first of the people is there.
        let running = tokio::spawn(begin());
        eventually(SOON, "the first person is invited", async || {
            (!shifts(company).await.is_empty()).then_some(())
        })
        .await;
        world.kill(Service::Directory).await;
        let _ = running.await.unwrap();
        let mut line = office.call(&number).await;
        answered_by(&mut line, &shared).await;
        line.hang_up().await.unwrap();
        world.restart(Service::Directory).await;
        let split = eventually(RECOVERED, "the split goes on", async || {
            begin().await.ok().map(tonic::Response::into_inner)
        })
        .await;
        assert_eq!(split.state(), SplitState::Waiting);
        assert_eq!(shifts(company).await, [UserState::Invited; 3]);
        let mut line = rings_only(&office, &number, &shared).await;
        line.hang_up().await.unwrap();

        // Identity dies when the shared identity is to go.
        let mut people = Vec::new();
        for person in &split.people {
            let token = &person.invitation_token;
            people.push(company.welcome(token, &person.extension_id).await.unwrap());
        }
        world.kill(Service::Identity).await;
        go_on(company, &split.split_id).await.unwrap_err();
        let mut line = office.call(&number).await;
        line.ring().await.unwrap();
        line.hang_up().await.unwrap();
        world.restart(Service::Identity).await;
        let done = eventually(RECOVERED, "the split is done", async || {
            go_on(company, &split.split_id).await.ok()
        })
        .await;
        assert_eq!(done.state(), SplitState::Done);

        // Three people and one ring group, each once.
        assert_eq!(shifts(company).await, [UserState::Active; 3]);
        let desk = company.owner().desk();
        let groups = desk
            .ring_groups()
            .list_ring_groups(ListRingGroupsRequest::default())
            .await;
        let groups = groups.unwrap().into_inner().ring_groups;
        let ids: Vec<_> = people
            .iter()
            .map(|member| member.user_id().to_owned())
            .collect();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].member_ids, ids);
        let extensions = desk
            .extensions()
            .list_extensions(ListExtensionsRequest::default())
            .await;
        assert_eq!(extensions.unwrap().get_ref().extensions.len(), 4);
        people[2].start_work().await.unwrap();
        let mut line = rings_only(&office, &number, &people[2]).await;
        line.hang_up().await.unwrap();
    });
}
