//! Recovery codes: each once, in place of the authenticator.

use api::identity::v1::{RegenerateRecoveryCodesRequest, regenerate_recovery_codes_request::Proof};
use futures::future::join_all;
use tonic::{Code, Status};

use crate::{
    authenticator::WRONG,
    factors::wrong_code,
    world::{Member, PASSWORD, World, fields, refusal},
};

async fn regenerate(by: &Member, proof: Option<Proof>) -> Result<Vec<String>, Status> {
    let request = RegenerateRecoveryCodesRequest { proof };
    let answer = by.me.auth().regenerate_recovery_codes(request).await?;
    Ok(answer.into_inner().recovery_codes)
}

fn password() -> Option<Proof> {
    Some(Proof::CurrentPassword(PASSWORD.to_owned()))
}

#[tokio::test]
async fn each_code_opens_once_however_it_is_typed() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, codes) = owner.secure(&world).await;
    let mut different = codes.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 10);
    let email = &owner.user.email;
    for typed in [
        codes[0].clone(),
        codes[1].to_uppercase(),
        codes[2].replace('-', " "),
        codes[3].replace('-', ""),
    ] {
        let challenge = world.challenge(email).await;
        world.verify(&challenge, &typed).await.unwrap();
        let challenge = world.challenge(email).await;
        let again = world.verify(&challenge, &typed).await;
        assert_eq!(refusal(again), wrong_code());
    }
}

#[tokio::test]
async fn of_many_who_come_with_one_code_one_gets_in() {
    let world = World::start().await;
    let owner = world.company().await;
    let (_, codes) = owner.secure(&world).await;
    let mut challenges = Vec::new();
    for _ in 0..4 {
        challenges.push(world.challenge(&owner.user.email).await);
    }
    let answers = challenges.iter().map(|one| world.verify(one, &codes[0]));
    let answers = join_all(answers).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}

#[tokio::test]
async fn new_codes_end_the_old_ones() {
    let world = World::start().await;
    let owner = world.company().await;
    let missing = (Code::FailedPrecondition, "FACTOR_MISSING".to_owned());
    assert_eq!(refusal(regenerate(&owner, password()).await), missing);
    let (app, old) = owner.secure(&world).await;
    assert_eq!(fields(regenerate(&owner, None).await), ["proof"]);
    let wrong = Some(Proof::Code(WRONG.to_owned()));
    assert_eq!(refusal(regenerate(&owner, wrong).await), wrong_code());

    let new = regenerate(&owner, password()).await.unwrap();
    let challenge = world.challenge(&owner.user.email).await;
    let outcome = world.verify(&challenge, &old[0]).await;
    assert_eq!(refusal(outcome), wrong_code());
    world.verify(&challenge, &new[0]).await.unwrap();
    let by_code = Some(Proof::Code(app.next_code(&world)));
    assert_eq!(regenerate(&owner, by_code).await.unwrap().len(), 10);
}
