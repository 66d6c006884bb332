//! ID-9: everybody INVITED or ACTIVE takes a seat; numbers are counted elsewhere.

use api::identity::v1::{
    Account, DeactivateUserRequest, GetAccountRequest, GetSeatUsageRequest, ResumeUserRequest,
    SeatUsage, SuspendUserRequest, UpdateAccountRequest,
};
use futures::future::join_all;
use prost_types::FieldMask;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::world::{Member, World, invitation, refusal, request_id};

fn exhausted() -> (Code, String) {
    (Code::FailedPrecondition, "SEATS_EXHAUSTED".to_owned())
}

async fn usage(member: &Member) -> SeatUsage {
    member
        .me
        .accounts()
        .get_seat_usage(GetSeatUsageRequest {})
        .await
        .unwrap()
        .into_inner()
}

/// A company whose plan has exactly the seats of its people; the one after the last is refused.
async fn company_of(people: u32) {
    let world = World::start().await;
    let seats = |request: &mut api::identity::v1::CreateAccountRequest| {
        request.account.as_mut().unwrap().seats = people;
    };
    let owner = world.company_with(seats).await;
    for _ in 1..people {
        world.invite(&owner).await;
    }
    assert_eq!(
        usage(&owner).await,
        SeatUsage {
            seats: people,
            used: people
        }
    );
    let one_more = owner
        .me
        .users()
        .invite_user(invitation(&world.address()))
        .await;
    let details = one_more.as_ref().err().unwrap().get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!(
        (metadata["seats"].as_str(), metadata["used"].as_str()),
        (&*people.to_string(), &*people.to_string())
    );
    assert_eq!(refusal(one_more), exhausted());
}

#[tokio::test]
async fn three_offices_and_ten_people_take_ten_seats() {
    company_of(10).await;
}

#[tokio::test]
async fn one_office_and_six_people_take_six_seats() {
    company_of(6).await;
}

#[tokio::test]
async fn five_offices_one_main_number_and_thirty_people_take_thirty_seats() {
    company_of(30).await;
}

#[tokio::test]
async fn who_is_suspended_or_gone_leaves_a_seat_and_resuming_takes_one() {
    let world = World::start().await;
    let owner = world
        .company_with(|request| request.account.as_mut().unwrap().seats = 2)
        .await;
    let colleague = world.hire(&owner, &[]).await;
    let user_id = colleague.user.user_id.clone();
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: user_id.clone(),
        hand_over_to: String::new(),
    };
    owner.me.users().suspend_user(suspend).await.unwrap();
    assert_eq!(usage(&owner).await.used, 1);

    let (replacement, _) = world.invite(&owner).await;
    let resume = || ResumeUserRequest {
        request_id: request_id(),
        user_id: user_id.clone(),
    };
    assert_eq!(
        refusal(owner.me.users().resume_user(resume()).await),
        exhausted()
    );
    let leave = DeactivateUserRequest {
        request_id: request_id(),
        user_id: replacement.user_id,
        hand_over_to: String::new(),
    };
    owner.me.users().deactivate_user(leave).await.unwrap();
    owner.me.users().resume_user(resume()).await.unwrap();
    assert_eq!(usage(&owner).await.used, 2);
}

#[tokio::test]
async fn two_who_race_for_the_last_seat_do_not_both_get_it() {
    let world = World::start().await;
    let owner = world
        .company_with(|request| request.account.as_mut().unwrap().seats = 4)
        .await;
    let invites = (0..10).map(|_| {
        let request = invitation(&world.address());
        let mut users = owner.me.users();
        async move { users.invite_user(request).await.is_ok() }
    });
    let invited = join_all(invites).await.into_iter().filter(|ok| *ok).count();
    assert_eq!(invited, 3);
    assert_eq!(usage(&owner).await, SeatUsage { seats: 4, used: 4 });
}

#[tokio::test]
async fn a_plan_cannot_shrink_below_its_people() {
    let world = World::start().await;
    let owner = world.company().await;
    world.invite(&owner).await;
    let etag = owner
        .me
        .accounts()
        .get_account(GetAccountRequest {})
        .await
        .unwrap()
        .into_inner()
        .etag;
    let resize = |seats| UpdateAccountRequest {
        request_id: request_id(),
        account: Some(Account {
            seats,
            etag: etag.clone(),
            ..Account::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["seats".to_owned()],
        }),
    };
    assert_eq!(
        refusal(owner.me.accounts().update_account(resize(1)).await),
        exhausted()
    );
    let account = owner
        .me
        .accounts()
        .update_account(resize(2))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((account.seats, account.display_name.as_str()), (2, "Acme"));
}
