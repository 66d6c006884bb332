//! Codes are as slow to guess as passwords, whoever knows the password.

use api::identity::v1::FactorChallenge;
use clock::Clock;
use identity::{app::vault::sha256, domain::throttle::LOGIN, live::throttle::Bucket};
use ids::UserId;
use tonic::Code;

use crate::{
    authenticator::WRONG,
    factors::wrong_code,
    world::{World, refusal},
};

fn throttled() -> (Code, String) {
    (Code::ResourceExhausted, "ATTEMPTS_THROTTLED".to_owned())
}

#[tokio::test]
async fn signing_in_again_gives_no_more_guesses() {
    let world = World::start().await;
    let owner = world.company().await;
    owner.secure(&world).await;
    let mut challenge: FactorChallenge = world.challenge(&owner.user.email).await;
    for guesses in 1..100 {
        match refusal(world.verify(&challenge, WRONG).await) {
            outcome if outcome == throttled() => {
                assert!(guesses > 6, "five free ones, and the sixth costs a second");
                return;
            }
            (_, reason) if reason == "CHALLENGE_INVALID" => {
                challenge = world.challenge(&owner.user.email).await;
            }
            outcome => assert_eq!(outcome, wrong_code()),
        }
    }
    panic!("nobody slowed the guesser down");
}

#[tokio::test]
async fn the_owner_gets_in_on_a_known_device_while_somebody_guesses() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, _) = owner.secure(&world).await;
    let id: UserId = owner.user.user_id.parse().unwrap();
    let key = Bucket::Factor(sha256(id.uuid().as_bytes())).key(world.live.keys());
    let much_later = (Clock::system().now() + LOGIN.longest).timestamp_millis();
    let siege = world
        .live
        .command("HSET")
        .key(&key)
        .arg("count")
        .arg(20)
        .arg("until")
        .arg(much_later);
    siege.run::<u64>().await.unwrap();

    let challenge = world.challenge(&owner.user.email).await;
    let code = app.next_code(&world);
    assert_eq!(refusal(world.verify(&challenge, &code).await), throttled());
    let answer = world.verify_on(&challenge, &code, &owner.device).await;
    assert_eq!(answer.unwrap().device_token, owner.device);
}
