use api::identity::v1::RefreshRequest;
use futures::future::join_all;
use tonic::Code;

use crate::{
    sharing::{self, CAFE, HOME, OFFICE, from, sign_in},
    world::{World, refusal},
};

fn reused() -> (Code, String) {
    (Code::Unauthenticated, "REFRESH_REUSED".to_owned())
}

fn rejected() -> (Code, String) {
    (Code::Unauthenticated, "REFRESH_REJECTED".to_owned())
}

#[tokio::test]
async fn each_refresh_gives_a_new_pair_that_works() {
    let world = World::start().await;
    let owner = world.company().await;
    let mut token = owner.tokens.refresh_token.clone();
    for _ in 0..3 {
        world.wait(240);
        let pair = world.refresh(&token).await.unwrap();
        assert_ne!(pair.refresh_token, token);
        let holder = world.holder(&pair.access_token);
        holder
            .accounts()
            .get_account(api::identity::v1::GetAccountRequest {})
            .await
            .unwrap();
        token = pair.refresh_token;
    }
}

#[tokio::test]
async fn an_honest_retry_gets_the_same_successor() {
    let world = World::start().await;
    let owner = world.company().await;
    let first = world.refresh(&owner.tokens.refresh_token).await.unwrap();
    for wait in [0, 1, 8, 1] {
        world.wait(wait);
        let again = world.refresh(&owner.tokens.refresh_token).await.unwrap();
        assert_eq!(again.refresh_token, first.refresh_token);
        assert_eq!(again.refresh_expire_time, first.refresh_expire_time);
    }
    assert!(world.refresh(&first.refresh_token).await.is_ok());
}

#[tokio::test]
async fn a_retry_from_elsewhere_is_somebody_else_unless_the_device_is_known() {
    let world = sharing::world().await;
    let owner = world.company().await;
    let train = sign_in(&world, &owner.user.email, OFFICE).await;
    let refreshed = sharing::refresh(&world, &train.tokens, HOME).await.unwrap();
    // The answer was lost in the tunnel; behind it there is another network.
    let retry = RefreshRequest {
        refresh_token: train.tokens.refresh_token.clone(),
        device_token: train.device.clone(),
    };
    let again = world.nobody().auth().refresh(from(CAFE, retry)).await;
    let again = again.unwrap().into_inner().tokens.unwrap();
    assert_eq!(again.refresh_token, refreshed.refresh_token);

    let colleague = sign_in(&world, &owner.user.email, CAFE).await;
    let stolen = RefreshRequest {
        refresh_token: train.tokens.refresh_token.clone(),
        device_token: colleague.device,
    };
    let stolen = world.nobody().auth().refresh(from(CAFE, stolen)).await;
    assert_eq!(refusal(stolen), reused(), "another device of theirs");
    let newest = sharing::refresh(&world, &refreshed, HOME).await;
    assert_eq!(refusal(newest), rejected());
}

#[tokio::test]
async fn a_second_use_after_eleven_seconds_ends_the_session_for_everybody() {
    let world = World::start().await;
    let owner = world.company().await;
    let successor = world.refresh(&owner.tokens.refresh_token).await.unwrap();
    world.wait(11);
    assert_eq!(
        refusal(world.refresh(&owner.tokens.refresh_token).await),
        reused()
    );
    assert_eq!(
        refusal(world.refresh(&successor.refresh_token).await),
        rejected()
    );
    assert_eq!(
        refusal(world.refresh(&owner.tokens.refresh_token).await),
        rejected()
    );
}

#[tokio::test]
async fn a_token_two_generations_old_ends_the_session_even_at_once() {
    let world = World::start().await;
    let owner = world.company().await;
    let second = world.refresh(&owner.tokens.refresh_token).await.unwrap();
    let third = world.refresh(&second.refresh_token).await.unwrap();
    assert_eq!(
        refusal(world.refresh(&owner.tokens.refresh_token).await),
        reused()
    );
    assert_eq!(
        refusal(world.refresh(&third.refresh_token).await),
        rejected()
    );
}

#[tokio::test]
async fn clients_that_race_all_get_the_one_successor() {
    let world = World::start().await;
    let owner = world.company().await;
    let pairs = join_all((0..8).map(|_| world.refresh(&owner.tokens.refresh_token))).await;
    let mut successors: Vec<String> = pairs
        .into_iter()
        .map(|pair| pair.unwrap().refresh_token)
        .collect();
    successors.dedup();
    assert_eq!(successors.len(), 1, "one token never has two successors");
    assert!(world.refresh(&successors[0]).await.is_ok());
}

#[tokio::test]
async fn a_refresh_token_lives_for_a_day_without_use() {
    let world = World::start().await;
    let owner = world.company().await;
    world.wait(24 * 3600 - 1);
    let pair = world.refresh(&owner.tokens.refresh_token).await.unwrap();
    world.wait(24 * 3600);
    assert_eq!(
        refusal(world.refresh(&pair.refresh_token).await),
        rejected()
    );
}

#[tokio::test]
async fn what_is_not_a_refresh_token_is_rejected_and_harms_nobody() {
    let world = World::start().await;
    let owner = world.company().await;
    let mut forged = owner.tokens.refresh_token.clone();
    let last = forged.pop().unwrap();
    // The last digit carries six bits of the secret's end, of which two are used.
    forged.push(if last == 'A' { 'Q' } else { 'A' });
    let foreign = owner.tokens.refresh_token.replace("srt_", "sit_");
    for bad in [
        "",
        "srt_",
        &forged,
        &foreign,
        &owner.tokens.access_token,
        &"A".repeat(4000),
    ] {
        assert_eq!(refusal(world.refresh(bad).await), rejected());
    }
    assert!(world.refresh(&owner.tokens.refresh_token).await.is_ok());
}

#[tokio::test]
async fn a_refresh_token_is_no_access_token() {
    let world = World::start().await;
    let owner = world.company().await;
    let holder = world.holder(&owner.tokens.refresh_token);
    let outcome = holder
        .accounts()
        .get_account(api::identity::v1::GetAccountRequest {})
        .await;
    assert_eq!(
        refusal(outcome),
        (Code::Unauthenticated, "TOKEN_INVALID".to_owned())
    );
}
