//! Forgotten passwords: whoever owns the mailbox gets in again, and nobody learns who has one.

use api::identity::v1::{
    AckPasswordResetsRequest, ChangePasswordRequest, PasswordResetDelivery,
    RequestPasswordResetRequest, ResetPasswordRequest, SuspendUserRequest,
    TakePasswordResetsRequest, UpdateUserRequest, User,
};
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tonic::{Code, Status};

use crate::world::{Member, PASSWORD, World, fields, refusal, request_id};

/// What people choose after they forgot the usual one.
pub(crate) const NEXT: &str = "entirely new words 42";

fn invalid() -> (Code, String) {
    (Code::NotFound, "RESET_INVALID".to_owned())
}

impl World {
    /// Asks for a mail.
    pub(crate) async fn forget_password(&self, email: &str) -> Result<(), Status> {
        let request = RequestPasswordResetRequest {
            email: email.to_owned(),
        };
        let mut auth = self.nobody().auth();
        auth.request_password_reset(request).await.map(drop)
    }

    /// What the mailer gets.
    pub(crate) async fn mails(&self) -> Vec<PasswordResetDelivery> {
        let mut auth = self.platform().await.auth();
        let taken = auth.take_password_resets(TakePasswordResetsRequest::default());
        taken.await.unwrap().into_inner().deliveries
    }

    /// What stands in the one mail that the mailer gets.
    pub(crate) async fn mailed_token(&self, email: &str) -> String {
        self.forget_password(email).await.unwrap();
        let mut mails = self.mails().await;
        assert_eq!(mails.len(), 1);
        mails.remove(0).reset_token
    }

    /// Uses it.
    pub(crate) async fn reset_password(&self, token: &str, password: &str) -> Result<(), Status> {
        let request = ResetPasswordRequest {
            reset_token: token.to_owned(),
            new_password: password.to_owned(),
        };
        let mut auth = self.nobody().auth();
        auth.reset_password(request).await.map(drop)
    }

    async fn acknowledge(&self, mails: &[PasswordResetDelivery]) {
        let delivery_ids = mails.iter().map(|mail| mail.delivery_id.clone()).collect();
        let mut auth = self.platform().await.auth();
        let request = AckPasswordResetsRequest { delivery_ids };
        auth.ack_password_resets(request).await.unwrap();
    }
}

#[tokio::test]
async fn asked_mailed_replaced_signed_in() {
    let world = World::start().await;
    let owner = world.company().await;
    world
        .forget_password(&owner.user.email.to_uppercase())
        .await
        .unwrap();
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(
        (&mail.email, &mail.user_id, &mail.account_id),
        (&owner.user.email, &owner.user.user_id, &owner.account)
    );
    assert_eq!(mail.first_name, "Olive");
    let lives = mail.expire_time.unwrap().seconds - world.hands.now().timestamp();
    assert_eq!(lives, 1800);
    world.acknowledge(&mails).await;

    let outcome = world
        .reset_password(&mail.reset_token, "password1234")
        .await;
    assert_eq!(fields(outcome.clone()), ["new_password"]);
    assert_eq!(
        refusal(outcome),
        (Code::InvalidArgument, "PASSWORD_UNACCEPTABLE".to_owned())
    );
    world.reset_password(&mail.reset_token, NEXT).await.unwrap();
    let over = world.refresh(&owner.tokens.refresh_token).await;
    assert_eq!(
        refusal(over).0,
        Code::Unauthenticated,
        "every session ended"
    );
    assert!(world.try_sign_in(&mail.email, PASSWORD).await.is_err());
    assert!(world.try_sign_in(&mail.email, NEXT).await.is_ok());
    let again = world.reset_password(&mail.reset_token, NEXT).await;
    assert_eq!(refusal(again), invalid(), "good once");
}

#[tokio::test]
async fn the_door_does_the_same_for_everybody() {
    let world = World::start().await;
    let owner = world.company().await;
    let suspended = world.hire(&owner, &[]).await;
    let suspend = SuspendUserRequest {
        request_id: request_id(),
        user_id: suspended.user.user_id.clone(),
        ..SuspendUserRequest::default()
    };
    owner.me.users().suspend_user(suspend).await.unwrap();
    let (invited, _) = world.invite(&owner).await;
    let everybody = [
        owner.user.email.as_str(),
        "nobody@example.com",
        &suspended.user.email,
        &invited.email,
    ];
    for email in everybody {
        world.forget_password(email).await.unwrap();
    }
    let store = world.database.store().await;
    let count = async |table: &str| {
        let count = Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT count(*) AS rows FROM {table}"),
        );
        let row = store.query_one_raw(count).await.unwrap().unwrap();
        row.try_get::<i64>("", "rows").unwrap()
    };
    assert_eq!(
        count("password_reset_requests").await,
        4,
        "one row each, and nobody has looked whose"
    );
    let mails = world.mails().await;
    let to: Vec<&str> = mails.iter().map(|mail| mail.email.as_str()).collect();
    assert_eq!(to, [owner.user.email.as_str()]);
    assert_eq!(
        count("password_reset_requests").await,
        1,
        "what leads to nobody is gone, the rest waits for the acknowledgement"
    );
    world.acknowledge(&mails).await;
    assert_eq!(count("password_reset_requests").await, 0);
    world.acknowledge(&mails).await;
    assert_eq!(fields(world.forget_password("x").await), ["email"]);
}

#[tokio::test]
async fn what_the_mailer_lost_is_handed_out_again() {
    let world = World::start().await;
    let owner = world.company().await;
    world.forget_password(&owner.user.email).await.unwrap();
    let lost = world.mails().await;
    assert_eq!(lost.len(), 1);
    assert!(world.mails().await.is_empty(), "somebody has it");
    world.wait(60);
    let again = world.mails().await;
    assert_eq!(again[0].delivery_id, lost[0].delivery_id);
    let outcome = world.reset_password(&lost[0].reset_token, NEXT).await;
    assert_eq!(refusal(outcome), invalid(), "the newer ends the older");
    world
        .reset_password(&again[0].reset_token, NEXT)
        .await
        .unwrap();

    world.acknowledge(&again).await;
    world.wait(120);
    assert!(world.mails().await.is_empty());
    world.forget_password(&owner.user.email).await.unwrap();
    world.wait(1800);
    assert!(world.mails().await.is_empty(), "nobody waits that long");
}

#[tokio::test]
async fn a_token_ends_when_it_is_old_or_the_person_has_changed() {
    let world = World::start().await;
    let owner = world.company().await;
    let clerk = world.hire(&owner, &[]).await;
    let email = &clerk.user.email;

    let token = world.mailed_token(email).await;
    world.wait(1800);
    assert_eq!(
        refusal(world.reset_password(&token, NEXT).await),
        invalid(),
        "old"
    );

    let (owner, clerk) = (
        world.sign_in(&owner.user.email).await,
        world.sign_in(email).await,
    );
    let token = world.mailed_token(email).await;
    let change = ChangePasswordRequest {
        current_password: PASSWORD.to_owned(),
        new_password: NEXT.to_owned(),
    };
    clerk.me.auth().change_password(change).await.unwrap();
    let outcome = world.reset_password(&token, PASSWORD).await;
    assert_eq!(refusal(outcome), invalid(), "they remembered");

    let token = world.mailed_token(email).await;
    move_to(&owner, &clerk.user, &world.address()).await;
    let outcome = world.reset_password(&token, PASSWORD).await;
    assert_eq!(refusal(outcome), invalid(), "that mailbox is not theirs");

    let token = world.mailed_token(&owner.user.email).await;
    for guessed in [
        "spt_",
        "x",
        &format!("{token}A"),
        &owner.tokens.refresh_token,
    ] {
        let outcome = world.reset_password(guessed, NEXT).await;
        assert_eq!(refusal(outcome), invalid());
    }
    world.reset_password(&token, NEXT).await.unwrap();
}

async fn move_to(by: &Member, person: &User, email: &str) {
    let request = UpdateUserRequest {
        request_id: request_id(),
        user: Some(User {
            email: email.to_owned(),
            ..person.clone()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["email".to_owned()],
        }),
    };
    by.me.users().update_user(request).await.unwrap();
}

#[tokio::test]
async fn two_who_race_for_one_token_do_not_both_win() {
    let world = World::start().await;
    let owner = world.company().await;
    let token = world.mailed_token(&owner.user.email).await;
    let (one, other) = tokio::join!(
        world.reset_password(&token, NEXT),
        world.reset_password(&token, "another good password 9")
    );
    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test]
async fn a_new_password_leaves_the_second_factor() {
    let world = World::start().await;
    let owner = world.company().await;
    let (app, _) = owner.secure(&world).await;
    let token = world.mailed_token(&owner.user.email).await;
    let begun = world.challenge(&owner.user.email).await;
    world
        .reset_password(&token, "another good password 9")
        .await
        .unwrap();
    let code = app.next_code(&world);
    let outcome = world.verify(&begun, &code).await;
    assert_eq!(
        refusal(outcome),
        (Code::Unauthenticated, "CHALLENGE_INVALID".to_owned()),
        "begun with the old password"
    );
    let token = world.mailed_token(&owner.user.email).await;
    world.reset_password(&token, PASSWORD).await.unwrap();
    let challenge = world.challenge(&owner.user.email).await;
    world.verify(&challenge, &code).await.unwrap();
}

#[tokio::test]
async fn a_mailbox_is_not_filled() {
    let world = World::start().await;
    let owner = world.company().await;
    let throttled = (Code::ResourceExhausted, "ATTEMPTS_THROTTLED".to_owned());
    for email in [owner.user.email.as_str(), "nobody@example.com"] {
        for _ in 0..4 {
            world.forget_password(email).await.unwrap();
        }
        assert_eq!(refusal(world.forget_password(email).await), throttled);
    }
    assert_eq!(world.mails().await.len(), 1, "four requests are one mail");
}

#[tokio::test]
async fn only_the_mailer_gets_the_mails() {
    let world = World::start().await;
    let owner = world.company().await;
    for outcome in [
        owner
            .me
            .auth()
            .take_password_resets(TakePasswordResetsRequest::default())
            .await
            .map(drop),
        owner
            .me
            .auth()
            .ack_password_resets(AckPasswordResetsRequest::default())
            .await
            .map(drop),
    ] {
        assert_eq!(refusal(outcome).0, Code::PermissionDenied);
    }
    let mut mailer = world.platform().await.auth();
    for limit in [-1, 101] {
        let outcome = mailer
            .take_password_resets(TakePasswordResetsRequest { limit })
            .await;
        assert_eq!(fields(outcome), ["limit"]);
    }
    let request = AckPasswordResetsRequest {
        delivery_ids: vec!["usr_x".to_owned()],
    };
    let outcome = mailer.ack_password_resets(request).await;
    assert_eq!(fields(outcome), ["delivery_ids[0]"]);
}
