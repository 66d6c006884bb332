//! Signing keys that change while everybody is at work (I28).

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use api::{
    directory::v1::ListQueuesRequest,
    identity::v1::{
        ListSessionsRequest, ListSigningKeysRequest, RefreshRequest, SignInRequest,
        key_service_client::KeyServiceClient,
    },
    presence::v1::GetPersonRequest,
    routing::v1::ListCallsRequest,
};
use company::Desk;
use mesh::{Options, Service};
use rpc::{Peer, client::Tokens};
use testkit::eventually;
use tonic::Status;

use crate::{
    office::SOON,
    world::{OwnWorld, alone},
};

/// How often the keys change while the test looks on.
const ROTATIONS: usize = 3;
const CLIENTS: usize = 4;
const PASSWORD: &str = "eleven kettles whistle flat";
/// Each access token is used this long, and some begin right before a key does.
const USED: Duration = Duration::from_secs(8);
const WITHIN: Duration = Duration::from_secs(150);

/// Keys that live for seconds. A service learns a key seconds before its first
/// use; its last token outlives it by far.
fn hasty(options: &mut Options) {
    let mut set = |service, key: &str, value: &str| {
        let setting = (service, key.to_owned(), value.to_owned());
        options.settings.push(setting);
    };
    set(Service::Identity, "signing_keys.service_seconds", "15");
    set(Service::Identity, "signing_keys.lead_seconds", "5");
    set(Service::Identity, "signing_keys.refresh_seconds", "1");
    set(Service::Identity, "tokens.access_seconds", "60");
    set(Service::Identity, "tokens.service_seconds", "60");
    for service in Service::ALL.into_iter().skip(1) {
        set(service, "identity.refresh_seconds", "1");
    }
}

async fn signing_keys(identity: &Peer) -> BTreeSet<String> {
    let answer = KeyServiceClient::new(identity.clone())
        .list_signing_keys(ListSigningKeysRequest {})
        .await
        .unwrap();
    let keys = answer.into_inner().signing_keys.into_iter();
    keys.map(|key| key.key_id).collect()
}

/// Refreshes and calls, refreshes and calls.
async fn work(
    anonymous: Desk,
    email: String,
    served: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
) -> Result<(), Status> {
    let request = SignInRequest {
        email,
        password: PASSWORD.to_owned(),
        client_label: "client".to_owned(),
        ..SignInRequest::default()
    };
    let answer = anonymous.auth().sign_in(request).await?.into_inner();
    let person_id = answer.user.unwrap().user_id;
    let mut tokens = answer.tokens.unwrap();
    while !enough.load(Ordering::Relaxed) {
        let desk = anonymous.with_tokens(&Tokens::fixed(&tokens.access_token));
        let begun = Instant::now();
        while begun.elapsed() < USED && !enough.load(Ordering::Relaxed) {
            let person_id = person_id.clone();
            desk.presence()
                .get_person(GetPersonRequest { person_id })
                .await?;
            desk.queues()
                .list_queues(ListQueuesRequest::default())
                .await?;
            desk.calls().list_calls(ListCallsRequest::default()).await?;
            desk.auth()
                .list_sessions(ListSessionsRequest::default())
                .await?;
            served.fetch_add(4, Ordering::Relaxed);
        }
        let refresh = RefreshRequest {
            refresh_token: tokens.refresh_token,
            ..RefreshRequest::default()
        };
        let answer = anonymous.auth().refresh(refresh).await?.into_inner();
        tokens = answer.tokens.unwrap();
    }
    Ok(())
}

#[test]
fn keys_change_under_load_and_nobody_is_refused() {
    alone(async {
        let world = OwnWorld::with(hasty).await;
        let platform = world.platform.clone().with_password(PASSWORD);
        let company = platform.found("Rotation").await.unwrap();
        let (served, enough) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let mut clients = tokio::task::JoinSet::new();
        for number in 0..CLIENTS {
            let member = company.hire(&format!("Client{number}"), "Smith").await;
            let member = member.unwrap();
            // Presence must have heard of them before they ask for themselves.
            eventually(SOON, "presence knows them", async || {
                member.seen().await.ok()
            })
            .await;
            clients.spawn(work(
                world.platform.anonymous().clone(),
                member.email().to_owned(),
                served.clone(),
                enough.clone(),
            ));
        }

        let identity = Peer::to(world.address(Service::Identity), None).unwrap();
        let mut seen = signing_keys(&identity).await;
        let already = seen.len();
        eventually(WITHIN, "the keys have changed often enough", async || {
            seen.extend(signing_keys(&identity).await);
            // The newest is published and not in use yet.
            (seen.len() > already + ROTATIONS).then_some(())
        })
        .await;
        enough.store(true, Ordering::Relaxed);
        while let Some(outcome) = clients.join_next().await {
            outcome
                .unwrap()
                .unwrap_or_else(|status| panic!("a client was refused: {status:?}"));
        }
        let served = served.load(Ordering::Relaxed);
        println!("{served} requests over {ROTATIONS} changes of the key, none refused");
        assert!(served > 100, "that was no load: {served}");
    });
}
