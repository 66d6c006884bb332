//! ID-3: a second factor. Nobody comes in without it, and no code is good twice.

use api::identity::v1::{
    DisableTotpRequest, ListSessionsRequest, ResetSecondFactorRequest, Role, User,
    disable_totp_request::Proof,
};
use futures::future::join_all;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tonic::{Code, Status};

use crate::{
    authenticator::{Authenticator, WRONG},
    world::{Member, PASSWORD, World, fields, refusal, request_id},
};

pub(crate) fn wrong_code() -> (Code, String) {
    (Code::Unauthenticated, "FACTOR_REJECTED".to_owned())
}

fn missing() -> (Code, String) {
    (Code::FailedPrecondition, "FACTOR_MISSING".to_owned())
}

async fn disable(member: &Member, proof: Proof) -> Result<(), Status> {
    let request = DisableTotpRequest { proof: Some(proof) };
    member.me.auth().disable_totp(request).await.map(drop)
}

fn password() -> Proof {
    Proof::CurrentPassword(PASSWORD.to_owned())
}

#[tokio::test]
async fn somebody_sets_an_authenticator_up_and_signs_in_with_it() {
    let world = World::start().await;
    let owner = world.company().await;
    let offer = owner.enrol(PASSWORD, "").await.unwrap();
    assert!(
        offer.otpauth_uri.starts_with("otpauth://totp/Strowger:"),
        "{}",
        offer.otpauth_uri
    );
    let before = world.sign_in(&owner.user.email).await;
    assert_eq!(before.account, owner.account, "offered is not confirmed");

    let app = Authenticator::scan(&offer);
    let codes = owner.confirm(&app.code(&world)).await.unwrap();
    assert_eq!(codes.len(), 10);

    let challenge = world.challenge(&owner.user.email).await;
    assert_eq!(challenge.enrolment, None);
    let ends = challenge.expire_time.unwrap().seconds - world.hands.now().timestamp();
    assert_eq!(ends, 300);
    let code = app.next_code(&world);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let answer = world.verify(&challenge, &spaced).await.unwrap();
    assert_eq!(answer.account_id, owner.account);
    assert_eq!(answer.user.unwrap(), owner.user);
    assert_eq!(answer.session.unwrap().client_label, "test");
    assert!(answer.recovery_codes.is_empty(), "only after an enrolment");
    let me = world.holder(&answer.tokens.unwrap().access_token);
    let mut auth = me.auth();
    let sessions = auth.list_sessions(ListSessionsRequest::default());
    assert_eq!(sessions.await.unwrap().into_inner().sessions.len(), 3);
}

#[tokio::test]
async fn a_code_is_good_once_and_never_after_a_later_one() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, _) = owner.secure(&world).await;
    let email = &owner.user.email;
    let confirming = app.code(&world);
    let challenge = world.challenge(email).await;
    let replayed = world.verify(&challenge, &confirming).await;
    assert_eq!(refusal(replayed), wrong_code(), "it confirmed already");

    let older = app.next_code(&world);
    let newer = app.next_code(&world);
    world.verify(&challenge, &newer).await.unwrap();
    let challenge = world.challenge(email).await;
    for used in [&newer, &older] {
        let again = world.verify(&challenge, used).await;
        assert_eq!(refusal(again), wrong_code());
    }
    let fresh = app.next_code(&world);
    assert!(world.verify(&challenge, &fresh).await.is_ok());
}

#[tokio::test]
async fn of_two_who_come_with_one_code_at_once_one_gets_in() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, _) = owner.secure(&world).await;
    for _ in 0..4 {
        let one = world.challenge(&owner.user.email).await;
        let other = world.challenge(&owner.user.email).await;
        let code = app.next_code(&world);
        let answers = join_all([&one, &other, &one].map(|challenge| {
            let (world, code) = (&world, code.as_str());
            async move { world.verify(challenge, code).await }
        }))
        .await;
        let (passed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(passed.len(), 1);
        for answer in refused {
            assert_eq!(refusal(answer).0, Code::Unauthenticated);
        }
    }
}

#[tokio::test]
async fn a_challenge_is_good_once_for_five_minutes_and_five_codes() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, _) = owner.secure(&world).await;
    let over = (Code::Unauthenticated, "CHALLENGE_INVALID".to_owned());

    let used = world.challenge(&owner.user.email).await;
    let code = app.next_code(&world);
    world.verify(&used, &code).await.unwrap();
    let code = app.next_code(&world);
    assert_eq!(refusal(world.verify(&used, &code).await), over, "used");

    let late = world.challenge(&owner.user.email).await;
    world.wait(300);
    let code = app.code(&world);
    assert_eq!(refusal(world.verify(&late, &code).await), over, "expired");

    let tried = world.challenge(&owner.user.email).await;
    for _ in 0..5 {
        assert_eq!(refusal(world.verify(&tried, WRONG).await), wrong_code());
    }
    assert_eq!(refusal(world.verify(&tried, &code).await), over, "tried");

    let next = world.challenge(&owner.user.email).await;
    let mut near = next.clone();
    let last = near.challenge_token.pop().unwrap();
    near.challenge_token
        .push(if last == 'A' { 'Q' } else { 'A' });
    let mut refresh = next.clone();
    refresh.challenge_token = owner.tokens.refresh_token.clone();
    for guessed in [near, refresh] {
        assert_eq!(refusal(world.verify(&guessed, &code).await), over);
    }
    assert!(world.verify(&next, &code).await.is_ok(), "still good");
}

#[tokio::test]
async fn a_challenge_of_one_company_opens_no_other() {
    let world = World::start().await;
    let (owner, stranger) = (world.company().await, world.company().await);
    let (app, recovery) = owner.secure(&world).await;
    let (theirs, _) = stranger.secure(&world).await;
    let challenge = world.challenge(&stranger.user.email).await;
    for mine in [app.next_code(&world), recovery[0].clone()] {
        let outcome = world.verify(&challenge, &mine).await;
        assert_eq!(refusal(outcome), wrong_code());
    }
    let code = theirs.code(&world);
    let answer = world.verify(&challenge, &code).await.unwrap();
    assert_eq!(answer.account_id, stranger.account);
}

#[tokio::test]
async fn what_happens_to_the_person_happens_to_their_challenge() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    let (app, _) = clerk.secure(&world).await;
    let over = (Code::Unauthenticated, "CHALLENGE_INVALID".to_owned());

    let challenge = world.challenge(&clerk.user.email).await;
    let change = api::identity::v1::ChangePasswordRequest {
        current_password: PASSWORD.to_owned(),
        new_password: "entirely new words 42".to_owned(),
    };
    clerk.me.auth().change_password(change).await.unwrap();
    let code = app.next_code(&world);
    let outcome = world.verify(&challenge, &code).await;
    assert_eq!(refusal(outcome), over, "begun with the old password");

    let change = api::identity::v1::ChangePasswordRequest {
        current_password: "entirely new words 42".to_owned(),
        new_password: PASSWORD.to_owned(),
    };
    clerk.me.auth().change_password(change).await.unwrap();
    let challenge = world.challenge(&clerk.user.email).await;
    let suspend = api::identity::v1::SuspendUserRequest {
        request_id: request_id(),
        user_id: clerk.user.user_id.clone(),
        ..api::identity::v1::SuspendUserRequest::default()
    };
    owner.me.users().suspend_user(suspend).await.unwrap();
    assert_eq!(refusal(world.verify(&challenge, &code).await), over);
}

#[tokio::test]
async fn an_open_desk_is_not_enough_to_change_the_factor() {
    let world = World::start().await;
    let owner = world.company().await;
    let rejected = (Code::Unauthenticated, "CREDENTIALS_REJECTED".to_owned());
    let outcome = owner.enrol("not my password", "").await;
    assert_eq!(refusal(outcome), rejected);
    assert_eq!(fields(owner.enrol("", "").await), ["current_password"]);
    assert_eq!(refusal(owner.confirm(WRONG).await), missing());

    let (app, codes) = owner.secure(&world).await;
    let outcome = owner.enrol(PASSWORD, "").await;
    assert_eq!(refusal(outcome), wrong_code(), "the password alone");
    let wrong = Proof::CurrentPassword("not my password".to_owned());
    assert_eq!(refusal(disable(&owner, wrong).await), rejected);
    let wrong = Proof::Code(WRONG.to_owned());
    assert_eq!(refusal(disable(&owner, wrong).await), wrong_code());
    let mut auth = owner.me.auth();
    let nothing = auth.disable_totp(DisableTotpRequest::default());
    assert_eq!(fields(nothing.await), ["proof"]);

    let offer = owner.enrol(PASSWORD, &codes[0]).await.unwrap();
    let new = Authenticator::scan(&offer);
    let outcome = owner.confirm(&app.code(&world)).await;
    assert_eq!(refusal(outcome), wrong_code(), "that of the old one");
    let challenge = world.challenge(&owner.user.email).await;
    let code = app.next_code(&world);
    world.verify(&challenge, &code).await.unwrap();
    let fresh = owner.confirm(&new.code(&world)).await.unwrap();
    let challenge = world.challenge(&owner.user.email).await;
    for old in [app.next_code(&world), codes[1].clone()] {
        assert_eq!(refusal(world.verify(&challenge, &old).await), wrong_code());
    }
    world.verify(&challenge, &fresh[0]).await.unwrap();
}

#[tokio::test]
async fn an_offer_ends_after_ten_minutes() {
    let world = World::start().await;
    let owner = world.company().await;
    let app = Authenticator::scan(&owner.enrol(PASSWORD, "").await.unwrap());
    world.wait(600);
    let again = world.sign_in(&owner.user.email).await;
    let late = again.confirm(&app.code(&world)).await;
    assert_eq!(refusal(late), missing());
}

#[tokio::test]
async fn a_factor_is_given_up_with_the_password_or_a_code() {
    let world = World::start().await;
    let owner = world.company().await;
    assert_eq!(refusal(disable(&owner, password()).await), missing());
    let (app, _) = owner.secure(&world).await;
    let code = Proof::Code(app.next_code(&world));
    disable(&owner, code.clone()).await.unwrap();
    world.sign_in(&owner.user.email).await;
    assert_eq!(refusal(disable(&owner, code).await), wrong_code());

    let (_, codes) = owner.secure(&world).await;
    disable(&owner, password()).await.unwrap();
    let reborn = owner.secure(&world).await;
    assert!(!reborn.1.contains(&codes[0]));
    let challenge = world.challenge(&owner.user.email).await;
    let outcome = world.verify(&challenge, &codes[0]).await;
    assert_eq!(refusal(outcome), wrong_code(), "a code of the life before");
}

#[tokio::test]
async fn a_copy_of_the_database_makes_no_codes() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, codes) = owner.secure(&world).await;
    let offer = Authenticator::scan(&owner.enrol(PASSWORD, &codes[0]).await.unwrap());
    let challenge = world.challenge(&owner.user.email).await;
    let store = world.database.store().await;
    let account: ids::AccountId = owner.account.parse().unwrap();
    let tables = [
        "totp_factors",
        "totp_enrolments",
        "recovery_codes",
        "sign_in_challenges",
        "outbox",
    ];
    let recovery = codes[1].replace('-', "");
    let secrets: [&[u8]; 5] = [
        &app.bytes(),
        app.secret.as_bytes(),
        &offer.bytes(),
        recovery.as_bytes(),
        challenge
            .challenge_token
            .trim_start_matches("sct_")
            .as_bytes(),
    ];
    for table in tables {
        let dump = Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT t::text AS row, convert_to(t::text, 'UTF8') AS bytes FROM {table} t"),
        );
        let rows = store
            .tenant_transaction(account, async |tx| {
                Ok::<_, store::StoreError>(tx.query_all_raw(dump.clone()).await?)
            })
            .await
            .unwrap();
        for row in rows {
            let text: String = row.try_get("", "row").unwrap();
            for secret in secrets {
                let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
                let plain = String::from_utf8_lossy(secret);
                assert!(!text.contains(&hex) && !text.contains(&*plain), "{table}");
            }
        }
    }
}

async fn reset(by: &Member, user_id: &str) -> Result<User, Status> {
    let request = ResetSecondFactorRequest {
        request_id: request_id(),
        user_id: user_id.to_owned(),
    };
    let answer = by.me.users().reset_second_factor(request).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn who_lost_telephone_and_codes_is_helped_by_somebody_who_could_be_them() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[Role::Supervisor]).await;
    clerk.secure(&world).await;
    let technician = world.hire(&owner, &[Role::Technical]).await;
    let beyond = (Code::PermissionDenied, "GRANT_FORBIDDEN".to_owned());
    assert_eq!(
        refusal(reset(&technician, &clerk.user.user_id).await),
        beyond,
        "a technician does not become a supervisor"
    );
    world.challenge(&clerk.user.email).await;

    reset(&owner, &clerk.user.user_id).await.unwrap();
    let lost = world.refresh(&clerk.tokens.refresh_token).await;
    assert_eq!(refusal(lost).1, "REFRESH_REJECTED");
    world.sign_in(&clerk.user.email).await;
    assert_eq!(
        refusal(reset(&owner, &clerk.user.user_id).await),
        missing(),
        "there is none any more"
    );

    owner.secure(&world).await;
    let own = reset(&owner, &owner.user.user_id).await;
    assert_eq!(fields(own), ["user_id"]);
}
