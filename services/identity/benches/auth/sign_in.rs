//! I29: unknown, wrong and suspended take the same time.

use std::time::{Duration, Instant};

use api::identity::v1::{
    SignInRequest, SuspendUserRequest, auth_service_client::AuthServiceClient,
};
use identity::{
    app::vault::sha256,
    live::throttle::{Bucket, Throttle},
};
use rpc::Peer;
use tonic::{Code, Request, Status};

use crate::{
    distribution::Distribution,
    world::{PASSWORD, World, request_id},
};

/// People of each kind, so that no row is always the hot one.
const PEOPLE: usize = 8;
const WRONG: &str = "umbrella tricycle nebula 8";

/// One kind of attempt: who tries, with what.
struct Attempts {
    took: Distribution,
    logins: Vec<String>,
    password: &'static str,
    answer: Code,
}

pub(crate) async fn measure(world: &World, samples: usize) {
    let owner = world.company().await;
    let (mut active, mut suspended) = (Vec::new(), Vec::new());
    for _ in 0..PEOPLE {
        active.push(world.hire(&owner, &[]).await.user.email);
        let leaver = world.hire(&owner, &[]).await.user;
        let suspend = SuspendUserRequest {
            request_id: request_id(),
            user_id: leaver.user_id,
            ..SuspendUserRequest::default()
        };
        owner.me.users().suspend_user(suspend).await.unwrap();
        suspended.push(leaver.email);
    }
    let nobody = (0..PEOPLE).map(|_| world.address()).collect();
    let attempts = |name, logins: &Vec<String>, password, answer| Attempts {
        took: Distribution::of(name),
        logins: logins.clone(),
        password,
        answer,
    };
    let mut kinds = [
        attempts("unknown login", &nobody, WRONG, Code::Unauthenticated),
        attempts("wrong password", &active, WRONG, Code::Unauthenticated),
        attempts(
            "suspended, right",
            &suspended,
            PASSWORD,
            Code::Unauthenticated,
        ),
        attempts("suspended, wrong", &suspended, WRONG, Code::Unauthenticated),
        attempts("let in", &active, PASSWORD, Code::Ok),
    ];
    let throttle = Throttle::new(&world.live);
    let mut door = world.nobody().auth();
    // The first rounds warm the connections up and are not counted.
    for round in 0..samples + 5 {
        for turn in 0..kinds.len() {
            // In another order each round: nobody always comes after the same neighbour.
            let at = (turn * (1 + round % 4) + round) % kinds.len();
            let kind = &mut kinds[at];
            let login = &kind.logins[round % PEOPLE];
            // Alone in its network, and forgiven: what is measured is the door, not the pause.
            let took = attempt(&mut door, login, kind.password, round, kind.answer).await;
            let bucket = Bucket::Login(sha256(login.as_bytes()));
            throttle
                .forgive(&[bucket, Bucket::Everywhere])
                .await
                .unwrap();
            if round >= 5 {
                kind.took.record(took);
            }
        }
    }
    println!("SignIn, one at a time, interleaved");
    kinds.iter().for_each(|kind| kind.took.print());
    let [unknown, wrong, right, _, _] = &kinds;
    for (one, other) in [(unknown, wrong), (unknown, right), (wrong, right)] {
        one.took.compare(&other.took);
    }
}

async fn attempt(
    door: &mut AuthServiceClient<Peer>,
    login: &str,
    password: &str,
    round: usize,
    answer: Code,
) -> Duration {
    let mut request = Request::new(SignInRequest {
        email: login.to_owned(),
        password: password.to_owned(),
        client_label: "bench".to_owned(),
        ..SignInRequest::default()
    });
    let network = format!("10.{}.{}.1", round / 256 % 256, round % 256);
    let headers = request.metadata_mut();
    headers.insert("x-forwarded-for", network.parse().unwrap());
    let start = Instant::now();
    let outcome = door.sign_in(request).await;
    let took = start.elapsed();
    let code = outcome.as_ref().err().map_or(Code::Ok, Status::code);
    assert_eq!(code, answer, "{login} in round {round}: {outcome:?}");
    took
}
