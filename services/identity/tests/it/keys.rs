//! Signing keys and the platform's own keys.

use access::{KeySet, Permission, PublicKey, Reach, Verifier};
use api::identity::v1::{
    ExchangeServiceKeyRequest, GetAccountRequest, ListSigningKeysRequest, SigningKey,
};
use chrono::TimeDelta;
use testkit::eventually;
use tonic::Code;

use crate::world::{World, founding, refusal};

async fn published(world: &World) -> Vec<SigningKey> {
    world
        .nobody()
        .keys()
        .list_signing_keys(ListSigningKeysRequest {})
        .await
        .unwrap()
        .into_inner()
        .signing_keys
}

fn verifier(world: &World, keys: &[SigningKey]) -> Verifier {
    let keys = keys.iter().map(|key| PublicKey {
        kid: key.key_id.clone(),
        bytes: key.public_key.as_ref().try_into().unwrap(),
        not_after: None,
    });
    Verifier::new(world.hands.clock(), KeySet::new(keys))
}

#[tokio::test]
async fn what_is_published_verifies_what_is_signed() {
    let world = World::start().await;
    let owner = world.company().await;
    let keys = published(&world).await;
    assert_eq!(keys.len(), 1);
    let caller = verifier(&world, &keys)
        .verify(&owner.tokens.access_token)
        .unwrap();
    assert_eq!(caller.account.unwrap().to_string(), owner.account);
    assert_eq!(caller.session.unwrap().to_string(), owner.session);
    assert_eq!(caller.reach(Permission::RolesGrant), Reach::Account);
}

#[tokio::test]
async fn a_platform_key_is_a_caller_without_an_account() {
    let world = World::start().await;
    let platform = world.platform().await;
    let caller = verifier(&world, &published(&world).await)
        .verify(&platform.token)
        .unwrap();
    assert!(caller.is_platform());
    assert_eq!(caller.reach(Permission::AccountsCreate), Reach::Platform);
    assert_eq!(caller.reach(Permission::UsersManage), Reach::None);
    let minutes = (caller.expires - world.hands.now()).num_minutes();
    assert!((29..=30).contains(&minutes));
    let again = world.platform().await;
    let same = verifier(&world, &published(&world).await)
        .verify(&again.token)
        .unwrap();
    assert_eq!(same.subject, caller.subject);
}

#[tokio::test]
async fn a_wrong_secret_is_rejected_and_people_do_not_found_companies() {
    let world = World::start().await;
    for secret in ["", "x", "bootstrap secret for the testS", &"x".repeat(4000)] {
        let request = ExchangeServiceKeyRequest {
            secret: secret.to_owned(),
        };
        let outcome = world.nobody().auth().exchange_service_key(request).await;
        assert_eq!(
            refusal(outcome),
            (Code::Unauthenticated, "SERVICE_KEY_REJECTED".to_owned())
        );
    }
    let owner = world.company().await;
    let outcome = owner
        .me
        .accounts()
        .create_account(founding(&world.address()))
        .await;
    assert_eq!(refusal(outcome).0, Code::PermissionDenied);
}

#[tokio::test]
async fn a_second_replica_takes_over_the_key_instead_of_making_one() {
    let world = World::start().await;
    let owner = world.company().await;
    let replica = world.replica().await;
    let there = owner.me.clone().at(&replica);
    there
        .accounts()
        .get_account(GetAccountRequest {})
        .await
        .unwrap();
    assert_eq!(published(&world).await.len(), 1);
    replica.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_rotation_costs_no_request() {
    let world = World::start_with(&[("signing_keys.refresh_seconds", "1")]).await;
    let owner = world.company().await;
    let first = published(&world).await;
    // Into the last minutes of the key's life: its successor is published, not yet used.
    world
        .hands
        .advance(TimeDelta::days(30) - TimeDelta::minutes(5));
    let both = eventually(
        std::time::Duration::from_secs(10),
        "a successor is published",
        async || {
            let keys = published(&world).await;
            (keys.len() == 2).then_some(keys)
        },
    )
    .await;
    assert_eq!(both[1].key_id, first[0].key_id);
    assert!(both[1].retire_time.is_some() && both[0].retire_time.is_none());
    let before = world.sign_in(&owner.user.email).await;
    assert!(
        verifier(&world, &first)
            .verify(&before.tokens.access_token)
            .is_ok(),
        "the old key still signs"
    );

    // Everybody has had time to learn it; tokens of both keys work.
    world.hands.advance(TimeDelta::minutes(10));
    let after = world.sign_in(&owner.user.email).await;
    assert!(
        verifier(&world, &first)
            .verify(&after.tokens.access_token)
            .is_err(),
        "the new key signs"
    );
    after
        .me
        .accounts()
        .get_account(GetAccountRequest {})
        .await
        .unwrap();
    world.hands.advance(TimeDelta::minutes(40));
    eventually(
        std::time::Duration::from_secs(10),
        "the old key is gone",
        async || (published(&world).await.len() == 1).then_some(()),
    )
    .await;
}
