//! The bad inputs of every edge: a typed answer that names the field, nothing changed.

use api::identity::v1::{
    Account, CreateAccountRequest, EndSessionRequest, GetUserRequest, UpdateAccountRequest,
    UpdateUserRequest, User,
};
use prost_types::FieldMask;
use tonic::Code;

use crate::world::{World, fields, founding, invitation, refusal, request_id};

#[tokio::test]
async fn a_company_of_nothing_hears_everything_at_once() {
    let world = World::start().await;
    let wrong = world.found(CreateAccountRequest::default()).await;
    assert_eq!(
        fields(wrong.clone()),
        [
            "request_id",
            "account",
            "owner_first_name",
            "owner_last_name",
            "owner_email"
        ]
    );
    assert_eq!(
        refusal(wrong),
        (Code::InvalidArgument, "FIELDS_INVALID".to_owned())
    );

    let mut request = founding("not an address");
    request.account = Some(Account {
        display_name: "x\u{202e}y".to_owned(),
        time_zone: "Mars/Olympus".to_owned(),
        country_code: "usa".to_owned(),
        seats: 0,
        ..Account::default()
    });
    let expected = [
        "account.display_name",
        "account.time_zone",
        "account.country_code",
        "account.seats",
        "owner_email",
    ];
    assert_eq!(fields(world.found(request).await), expected);

    let mut request = founding(&world.address());
    request.account.as_mut().unwrap().seats = u32::MAX;
    assert_eq!(fields(world.found(request).await), ["account.seats"]);
    let mut request = founding(&world.address());
    request.owner_password = "password1234".to_owned();
    assert_eq!(fields(world.found(request).await), ["owner_password"]);
}

#[tokio::test]
async fn hostile_names_are_refused_by_field() {
    let world = World::start().await;
    let owner = world.company().await;
    for name in [
        "",
        " ",
        "a\0b",
        "a\r\nb",
        "\u{feff}x",
        "x\u{200b}",
        &"é".repeat(101),
    ] {
        let mut request = invitation(&world.address());
        request.user.as_mut().unwrap().first_name = name.to_owned();
        assert_eq!(
            fields(owner.me.users().invite_user(request).await),
            ["user.first_name"],
            "{name:?}"
        );
    }
    for harmless in ["' OR 1=1 --", "%s{}:*", "=cmd()", "Робърт", "李"] {
        let mut request = invitation(&world.address());
        request.user.as_mut().unwrap().first_name = harmless.to_owned();
        let user = owner
            .me
            .users()
            .invite_user(request)
            .await
            .unwrap()
            .into_inner()
            .user
            .unwrap();
        assert_eq!(user.first_name, harmless);
    }
}

#[tokio::test]
async fn a_megabyte_is_refused_before_it_is_read() {
    let world = World::start().await;
    let owner = world.company().await;
    let mut request = invitation(&world.address());
    request.user.as_mut().unwrap().job_title = "x".repeat(1 << 20);
    let outcome = owner.me.users().invite_user(request).await;
    assert_eq!(
        refusal(outcome),
        (Code::ResourceExhausted, "REQUEST_TOO_LARGE".to_owned())
    );
}

#[tokio::test]
async fn wrong_ids_are_refused_by_field() {
    let world = World::start().await;
    let owner = world.company().await;
    let own = owner.user.user_id.clone();
    for id in [
        "",
        "usr_",
        "7",
        &own.to_uppercase(),
        &own[..29],
        &format!("{own}x"),
        &owner.account,
        "usr_*",
        "../x",
    ] {
        let outcome = owner
            .me
            .users()
            .get_user(GetUserRequest {
                user_id: id.to_owned(),
            })
            .await;
        assert_eq!(fields(outcome), ["user_id"], "{id:?}");
    }
    let end = EndSessionRequest { session_id: own };
    assert_eq!(
        fields(owner.me.auth().end_session(end).await),
        ["session_id"]
    );
}

#[tokio::test]
async fn wrong_request_ids_are_refused() {
    let world = World::start().await;
    let owner = world.company().await;
    for id in ["", " ", "a b", "a\0", "é", &"x".repeat(65)] {
        let mut request = invitation(&world.address());
        request.request_id = id.to_owned();
        assert_eq!(
            fields(owner.me.users().invite_user(request).await),
            ["request_id"],
            "{id:?}"
        );
    }
}

#[tokio::test]
async fn a_mask_names_what_can_be_changed() {
    let world = World::start().await;
    let owner = world.company().await;
    let update = |mask: Option<Vec<&str>>| UpdateUserRequest {
        request_id: request_id(),
        user: Some(owner.user.clone()),
        update_mask: mask.map(|paths| FieldMask {
            paths: paths.into_iter().map(str::to_owned).collect(),
        }),
    };
    for mask in [
        None,
        Some(vec![]),
        Some(vec!["state"]),
        Some(vec!["job_title", "*"]),
        Some(vec!["user_id"]),
    ] {
        assert_eq!(
            fields(owner.me.users().update_user(update(mask)).await),
            ["update_mask"]
        );
    }
    let without_etag = UpdateAccountRequest {
        request_id: request_id(),
        account: Some(Account {
            display_name: "New".to_owned(),
            ..Account::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
    };
    assert_eq!(
        fields(owner.me.accounts().update_account(without_etag).await),
        ["account.etag"]
    );
    let nobody = UpdateUserRequest {
        request_id: request_id(),
        user: Some(User::default()),
        update_mask: Some(FieldMask {
            paths: vec!["email".to_owned()],
        }),
    };
    assert_eq!(
        fields(owner.me.users().update_user(nobody).await),
        ["user.user_id", "user.etag", "user.email"]
    );
}
