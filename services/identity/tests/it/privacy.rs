//! No secret ever leaves through the log.

use api::identity::v1::{ChangePasswordRequest, ExchangeServiceKeyRequest};
use testkit::Logs;

use crate::{
    authenticator::Authenticator,
    world::{PASSWORD, World},
};

#[tokio::test]
async fn planted_secrets_stay_out_of_everything_that_is_logged() {
    const WRONG: &str = "a wrong guess, planted 1";
    const COMMON: &str = "password1234";
    const NEXT: &str = "the next good one, planted 2";
    const KEY: &str = "no such key, planted 3";
    let logs = Logs::capture();

    let world = World::start().await;
    let owner = world.company().await;
    let (_, invitation) = world.invite(&owner).await;
    world
        .try_sign_in(&owner.user.email, WRONG)
        .await
        .map(drop)
        .unwrap_err();
    world
        .try_sign_in("nobody@example.com", WRONG)
        .await
        .map(drop)
        .unwrap_err();
    world.join(&invitation, COMMON).await.unwrap_err();
    world.join(&invitation, PASSWORD).await.unwrap();
    let pair = world.refresh(&owner.tokens.refresh_token).await.unwrap();
    world.wait(60);
    world
        .refresh(&owner.tokens.refresh_token)
        .await
        .unwrap_err();
    let again = world.sign_in(&owner.user.email).await;
    let change = ChangePasswordRequest {
        current_password: PASSWORD.to_owned(),
        new_password: NEXT.to_owned(),
    };
    again.me.auth().change_password(change).await.unwrap();
    let exchange = ExchangeServiceKeyRequest {
        secret: KEY.to_owned(),
    };
    world
        .nobody()
        .auth()
        .exchange_service_key(exchange)
        .await
        .map(drop)
        .unwrap_err();

    let again = world.try_sign_in(&owner.user.email, NEXT).await.unwrap();
    let app = Authenticator::scan(&again.enrol(NEXT, "").await.unwrap());
    let first_code = app.code(&world);
    let codes = again.confirm(&first_code).await.unwrap();
    let reset = world.mailed_token(&owner.user.email).await;
    world.reset_password(&reset, COMMON).await.unwrap_err();
    world.reset_password(&reset, PASSWORD).await.unwrap();
    world.reset_password(&reset, PASSWORD).await.unwrap_err();
    let challenge = world.challenge(&owner.user.email).await;
    world
        .verify(&challenge, &first_code)
        .await
        .map(drop)
        .unwrap_err();
    let recovered = world.verify(&challenge, &codes[0]).await.unwrap();
    world
        .verify(&challenge, &codes[0])
        .await
        .map(drop)
        .unwrap_err();
    let recovered = recovered.tokens.unwrap();
    let hex: String = app
        .bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let typed = codes[0].replace('-', "");

    let text = logs.text();
    assert!(
        text.contains("a platform key was exchanged"),
        "the log was captured"
    );
    let secrets = [
        PASSWORD,
        WRONG,
        COMMON,
        NEXT,
        KEY,
        "a pepper for the tests",
        "$argon2id$",
        &invitation,
        &pair.access_token,
        &pair.refresh_token,
        &owner.tokens.access_token,
        &owner.tokens.refresh_token,
        &owner.device,
        &app.secret,
        &hex,
        &codes[0],
        &codes[1],
        &typed,
        &reset,
        &challenge.challenge_token,
        &recovered.access_token,
        &recovered.refresh_token,
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} was logged");
    }
}
