//! ID-3: what a hash costs may rise, and how many run at once is limited.

use api::identity::v1::SignInRequest;
use futures::future::join_all;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tonic::Code;

use crate::world::{Member, PASSWORD, World, refusal};

async fn stored_hash(world: &World, member: &Member) -> String {
    let account: ids::AccountId = member.account.parse().unwrap();
    let find = Statement::from_string(DbBackend::Postgres, "SELECT password_hash FROM credentials");
    let store = world.database.store().await;
    let row = store
        .tenant_transaction(account, async |tx| {
            Ok::<_, store::StoreError>(tx.query_one_raw(find.clone()).await?)
        })
        .await
        .unwrap();
    row.unwrap().try_get("", "password_hash").unwrap()
}

fn usual(email: &str) -> SignInRequest {
    SignInRequest {
        email: email.to_owned(),
        password: PASSWORD.to_owned(),
        ..SignInRequest::default()
    }
}

#[tokio::test]
async fn a_hash_grows_with_the_settings_at_the_next_sign_in() {
    let world = World::start().await;
    let owner = world.company().await;
    let email = &owner.user.email;
    let cheap = stored_hash(&world, &owner).await;
    assert!(cheap.contains("$m=19456,t=2,p=1,"), "{cheap:.40}");
    let dearer = world.replica_with(&[("passwords.passes", "3")]).await;
    let mut there = world.nobody().at(&dearer).auth();
    let wrong = SignInRequest {
        password: "not my password".to_owned(),
        ..usual(email)
    };
    there.sign_in(wrong).await.unwrap_err();
    assert_eq!(stored_hash(&world, &owner).await, cheap);
    there.sign_in(usual(email)).await.unwrap();
    let dear = stored_hash(&world, &owner).await;
    assert!(dear.contains("$m=19456,t=3,p=1,"), "{dear:.40}");
    dearer.shutdown().await.unwrap();
}

#[tokio::test]
async fn more_sign_ins_than_can_wait_are_turned_away_at_once() {
    let limits = [("passwords.concurrency", "1"), ("passwords.waiting", "1")];
    let world = World::start_with(&limits).await;
    let crowd = (0..24).map(|_| {
        let mut door = world.nobody().auth();
        let request = usual(&world.address());
        async move { door.sign_in(request).await }
    });
    let answers = join_all(crowd).await;
    let answers: Vec<(Code, String)> = answers.into_iter().map(refusal).collect();
    for expected in [
        (Code::Unauthenticated, "CREDENTIALS_REJECTED"),
        (Code::ResourceExhausted, "OVERLOADED"),
    ] {
        let expected = (expected.0, expected.1.to_owned());
        assert!(answers.contains(&expected), "{answers:?}");
    }
    let owner = world.company().await;
    assert!(world.refresh(&owner.tokens.refresh_token).await.is_ok());
}
