//! Who may see and do what, and what is wrong with a request.

use api::routing::v1::{
    CallState, DeclineCallRequest, ExplainCallRequest, GetCallRequest, GetWaitingLineRequest,
    HangUpCallRequest, ListCallsRequest, ReportArrivalRequest, ReportDigitsRequest,
    call_service_client::CallServiceClient,
};
use ids::{CallId, EdgeId, QueueId};
use rpc::client::{Peer, Tokens};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    company::{CALLER, Company, SUPPORT},
    town::Town,
};

fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

fn fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations);
    violations
        .unwrap_or_default()
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_their_own_calls_and_another_company_sees_none() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    let ring = line.ring().await.unwrap();
    assert!(line.answer(&ring).await.unwrap());
    let call_id = line.call_id().to_owned();

    let talker = ring.person_id.parse().unwrap();
    let bystander = if talker == town.company.anna {
        town.company.ben
    } else {
        town.company.anna
    };
    let get = || GetCallRequest {
        call_id: call_id.clone(),
    };
    town.person(&replica, talker).get_call(get()).await.unwrap();
    let explain = ExplainCallRequest {
        call_id: call_id.clone(),
    };
    let explained = town
        .admin(&replica)
        .explain_call(explain)
        .await
        .unwrap()
        .into_inner();
    assert!(
        explained
            .decisions
            .iter()
            .any(|one| one.explanation.contains("is free"))
    );

    let stranger = town.callers.person(ids::AccountId::generate());
    let stranger = stranger.with_roles(&[access::Role::Owner]).token();
    let peer = Peer::to(replica.url.clone(), Some(Tokens::fixed(&stranger))).unwrap();
    let mut stranger = CallServiceClient::new(peer);
    let hang_up = || HangUpCallRequest {
        request_id: "1".to_owned(),
        call_id: call_id.clone(),
    };
    for refused in [
        town.person(&replica, bystander)
            .get_call(get())
            .await
            .unwrap_err(),
        town.person(&replica, bystander)
            .hang_up_call(hang_up())
            .await
            .unwrap_err(),
        stranger.get_call(get()).await.unwrap_err(),
        stranger.hang_up_call(hang_up()).await.unwrap_err(),
        stranger
            .get_call(GetCallRequest {
                call_id: CallId::generate().to_string(),
            })
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (refused.code(), &*reason(&refused)),
            (Code::NotFound, "CALL_NOT_FOUND")
        );
    }
    let list = || ListCallsRequest {
        page_size: 10,
        page_token: String::new(),
    };
    assert_eq!(
        stranger
            .list_calls(list())
            .await
            .unwrap()
            .into_inner()
            .calls
            .len(),
        0
    );
    let seen = town
        .person(&replica, talker)
        .list_calls(list())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.calls.len(), 1);
    let seen = town
        .person(&replica, bystander)
        .list_calls(list())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.calls.len(), 0);

    let ended = town
        .person(&replica, talker)
        .hang_up_call(hang_up())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(ended.state(), CallState::Ended);
    let again = town
        .person(&replica, talker)
        .hang_up_call(hang_up())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (again.outcome(), again.end_time),
        (ended.outcome(), ended.end_time)
    );
    town.until_free(talker).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_declines_what_rings_them_and_nothing_else() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut line = edge.dial(CALLER, SUPPORT).await.unwrap();
    let first = line.ring().await.unwrap();
    let decline = || DeclineCallRequest {
        request_id: "1".into(),
        call_id: line.call_id().into(),
    };
    let first_person = first.person_id.parse().unwrap();
    town.person(&replica, first_person)
        .decline_call(decline())
        .await
        .unwrap();
    let stopped = line.stop_ringing().await.unwrap();
    assert_eq!(stopped.leg_id, first.leg_id);
    let second = line.ring().await.unwrap();
    assert_ne!(first.person_id, second.person_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_pages() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let edge = town.edge(&replica).await;
    let mut lines = Vec::new();
    for _ in 0..7 {
        lines.push(edge.dial(CALLER, SUPPORT).await.unwrap());
    }
    let mut client = town.admin(&replica);
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListCallsRequest {
            page_size: 3,
            page_token,
        };
        let page = client.list_calls(request).await.unwrap().into_inner();
        seen.extend(page.calls.into_iter().map(|call| call.call_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let dialled: Vec<_> = lines.iter().map(|line| line.call_id().to_owned()).collect();
    assert_eq!(seen, dialled);

    let request = ListCallsRequest {
        page_size: 3,
        page_token: "bm9uc2Vuc2U".to_owned(),
    };
    let refused = client.list_calls(request).await.unwrap_err();
    assert_eq!(reason(&refused), "PAGE_TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_are_named_all_at_once() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let mut client = town.raw_edge(&replica, EdgeId::generate());
    let wrong = ReportArrivalRequest {
        edge_id: "edg_1".to_owned(),
        edge_call_id: String::new(),
        from: "0171".to_owned(),
        dialled: "support".to_owned(),
        from_name: "x".repeat(101),
    };
    let refused = client.report_arrival(wrong).await.unwrap_err();
    assert_eq!(
        (refused.code(), &*reason(&refused)),
        (Code::InvalidArgument, "FIELDS_INVALID")
    );
    assert_eq!(
        fields(&refused),
        ["edge_id", "edge_call_id", "from", "dialled", "from_name"]
    );

    let wrong = ReportDigitsRequest {
        call_id: CallId::generate().to_string(),
        collect_id: "one".to_owned(),
        digits: "12a".to_owned(),
    };
    let refused = client.report_digits(wrong).await.unwrap_err();
    assert_eq!(fields(&refused), ["collect_id", "digits"]);

    let queue_id = QueueId::generate().to_string();
    let request = GetWaitingLineRequest { queue_id, limit: 0 };
    let refused = town
        .lines(&replica)
        .get_waiting_line(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "QUEUE_UNKNOWN");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_is_for_whoever_serves_or_supervises_the_queue() {
    let town = Town::of(Company::new()).await;
    let replica = town.replica().await;
    let support = town.company.support;
    let request = GetWaitingLineRequest {
        queue_id: support.to_string(),
        limit: 0,
    };
    let person = || town.callers.person(town.company.account);
    let shown = async |caller: testkit::Person| {
        let mut lines = town.lines_of(&replica, &caller);
        lines.get_waiting_line(request.clone()).await
    };
    let sees = [
        person().named(town.company.anna),
        person().supervising(&[support]),
    ];
    for caller in sees {
        assert_eq!(shown(caller).await.unwrap().into_inner().size, 0);
    }
    let sees_nothing = [person(), person().supervising(&[QueueId::generate()])];
    for caller in sees_nothing {
        assert_eq!(reason(&shown(caller).await.unwrap_err()), "QUEUE_UNKNOWN");
    }
}
