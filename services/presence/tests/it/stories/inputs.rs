//! Bad input gets a typed error that names the field, and changes nothing.

use api::{
    directory::v1::QueueStrategy,
    presence::v1::{
        ForceModeRequest, HeartbeatRequest, ListPeopleRequest, Mode, OfferKind, RenewRequest,
        SetModeRequest, Token,
    },
};
use fault::Violation;
use ids::{AccountId, CallId, QueueId};
use prost_types::{Duration, Timestamp};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    floor::{reason, seconds},
    office::{Office, fresh_name},
};

/// The fields that a status complains about.
fn fields(status: &Status) -> Vec<String> {
    assert_eq!(
        (status.code(), reason(status).as_str()),
        (Code::InvalidArgument, "FIELDS_INVALID"),
        "{status:?}"
    );
    let details = status.get_error_details();
    let wrong = details
        .bad_request()
        .map(|bad| bad.field_violations.clone())
        .unwrap_or_default();
    wrong
        .into_iter()
        .map(|wrong| {
            Violation {
                field: wrong.field,
                description: wrong.description,
            }
            .field
        })
        .collect()
}

#[tokio::test]
async fn hostile_texts_are_no_ids() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let queue = office.queue(QueueStrategy::Linear, &[anna]).await;
    let before = office.look_at(anna).await;
    let call = office.call();
    let long = "x".repeat(3_000);
    let upper = queue.to_string().to_uppercase();
    for text in [
        "",
        "{p000}",
        "que_{}",
        "a:b",
        "*",
        "que_\0",
        "' OR 1=1",
        "usr_01h455vb4pex5vsknk084sn02q",
        &long,
        &upper,
    ] {
        let mut request = call.reserve_request(queue, &[]);
        request.queue_id = text.to_owned();
        let status = call.floor.clone().reserve(request).await.unwrap_err();
        assert_eq!(fields(&status), ["queue_id"], "{text:?}");
        assert!(
            text.is_empty() || !status.message().contains(text),
            "never repeated"
        );

        let request = HeartbeatRequest {
            device_id: text.to_owned(),
            ..HeartbeatRequest::default()
        };
        let status = office.user(anna).heartbeat(request).await.unwrap_err();
        assert_eq!(fields(&status), ["device_id"], "{text:?}");
    }
    assert_eq!(office.look_at(anna).await, before);
}

#[tokio::test]
async fn everything_wrong_is_said_at_once() {
    let office = Office::open().await;
    let call = office.call();
    let mut request = call.offer_request(OfferKind::Unspecified, &[]);
    request.account_id = "acc_".into();
    request.operation_id = "a b".into();
    request.order = 999;
    request.lease = Some(Duration {
        seconds: 181,
        nanos: 0,
    });
    let status = call.floor.clone().offer(request).await.unwrap_err();
    assert_eq!(
        fields(&status),
        [
            "account_id",
            "operation_id",
            "person_ids",
            "kind",
            "order",
            "lease"
        ]
    );
}

#[tokio::test]
async fn leases_and_tokens_have_bounds() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let call = office.call();
    for lease in [
        None,
        Some(seconds(0)),
        Some(seconds(-1)),
        Some(seconds(i64::MAX)),
        Some(Duration {
            seconds: 1,
            nanos: -5,
        }),
    ] {
        let mut request = call.offer_request(OfferKind::Shared, &[anna]);
        request.lease = lease;
        let status = call.floor.clone().offer(request).await.unwrap_err();
        assert_eq!(fields(&status), ["lease"], "{lease:?}");
    }
    let token = call.ring(OfferKind::Shared, anna).await;
    for (bad, wrong) in [
        (None, vec!["token"]),
        (
            Some(Token {
                epoch: 0,
                fence: -1,
            }),
            vec!["token.epoch", "token.fence"],
        ),
    ] {
        let mut request = call.answer_request(anna, token, &[], 30);
        request.token = bad;
        let status = call.floor.clone().answer(request).await.unwrap_err();
        assert_eq!(fields(&status), wrong);
    }
    // Numbers that Lua's doubles lose are older or newer, never equal.
    for fence in [1 << 53, (1 << 53) + 1, i64::MAX] {
        let token = Token { fence, ..token };
        let status = call.answer(anna, token).await.unwrap_err();
        assert_eq!(reason(&status), "OFFER_GONE", "{fence}");
    }
    call.answer(anna, token).await.unwrap();
}

#[tokio::test]
async fn lists_have_bounds() {
    let mut office = Office::open().await;
    let team = office.hire(1).await;
    let call = office.call();
    let twice = call.offer_request(OfferKind::Shared, &[team[0], team[0]]);
    let status = call.floor.clone().offer(twice).await.unwrap_err();
    assert_eq!(fields(&status), ["person_ids[1]"]);
    let mut many = call.offer_request(OfferKind::Shared, &team);
    many.person_ids = vec![team[0].id.to_string(); 101];
    let status = call.floor.clone().offer(many).await.unwrap_err();
    assert_eq!(fields(&status), ["person_ids"]);
    let locks = vec![api::presence::v1::HeldLock::default(); 501];
    let renewal = RenewRequest {
        account_id: office.account.to_string(),
        locks,
        lease: Some(seconds(5)),
    };
    assert_eq!(
        fields(&call.floor.clone().renew(renewal).await.unwrap_err()),
        ["locks"]
    );
    for page_size in [-1, i32::MIN] {
        let request = ListPeopleRequest {
            page_size,
            ..ListPeopleRequest::default()
        };
        assert_eq!(
            fields(&office.admin().list_people(request).await.unwrap_err()),
            ["page_size"]
        );
    }
    let request = ListPeopleRequest {
        page_token: "AAAA".into(),
        ..ListPeopleRequest::default()
    };
    let status = office.admin().list_people(request).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "PAGE_TOKEN_INVALID")
    );
}

#[tokio::test]
async fn modes_have_bounds() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let good = SetModeRequest {
        request_id: fresh_name(),
        mode: Mode::Lunch.into(),
        ..Default::default()
    };
    let times = [0, -62_135_596_800, 253_402_300_800, i64::MAX]
        .map(|seconds| Timestamp { seconds, nanos: 0 });
    let odd = Timestamp {
        seconds: 1_900_000_000,
        nanos: 1_999_999_999,
    };
    for until in times.into_iter().chain([odd]) {
        let request = SetModeRequest {
            until: Some(until),
            ..good.clone()
        };
        let status = office.user(anna).set_mode(request).await.unwrap_err();
        assert_eq!(fields(&status), ["until"], "{until:?}");
    }
    for (mode, note, request_id, wrong) in [
        (0, String::new(), fresh_name(), "mode"),
        (999, String::new(), fresh_name(), "mode"),
        (1, "x".repeat(201), fresh_name(), "note"),
        (1, "a\r\nb".into(), fresh_name(), "note"),
        (1, String::new(), String::new(), "request_id"),
        (1, String::new(), "x".repeat(65), "request_id"),
    ] {
        let request = SetModeRequest {
            request_id,
            mode,
            note,
            until: None,
        };
        assert_eq!(
            fields(&office.user(anna).set_mode(request).await.unwrap_err()),
            [wrong]
        );
    }
}

#[tokio::test]
async fn another_company_s_things_do_not_exist() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let queue = office.queue(QueueStrategy::Linear, &[anna]).await;
    let unknown = |account: AccountId| {
        let mut request = office.call().reserve_request(queue, &[]);
        request.account_id = account.to_string();
        request
    };
    // Neither an account that nobody has, nor a queue of somebody else.
    let status = office
        .routing()
        .reserve(unknown(AccountId::generate()))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "ACCOUNT_UNKNOWN")
    );
    let other = AccountId::generate();
    office.directory.publish(api::directory::v1::Plan {
        account_id: other.to_string(),
        ..Default::default()
    });
    let status = office.routing().reserve(unknown(other)).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "QUEUE_UNKNOWN")
    );
    let mut missing = office.call().reserve_request(queue, &[]);
    missing.queue_id = QueueId::generate().to_string();
    let status = office.routing().reserve(missing).await.unwrap_err();
    assert_eq!(reason(&status), "QUEUE_UNKNOWN");
    assert!(office.call().id != CallId::generate());
}

#[tokio::test]
async fn only_routing_moves_people() {
    let mut office = Office::open().await;
    let anna = office.hire(1).await[0];
    let token = office
        .callers
        .person(office.account)
        .with_roles(&[access::Role::Owner])
        .token();
    let mut owner =
        api::presence::v1::floor_service_client::FloorServiceClient::new(office.peer(&token));
    let request = office.call().offer_request(OfferKind::Shared, &[anna]);
    assert_eq!(
        owner.offer(request).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let request = ForceModeRequest::default();
    assert_eq!(
        office
            .user(anna)
            .force_mode(request)
            .await
            .unwrap_err()
            .code(),
        Code::PermissionDenied
    );
}
