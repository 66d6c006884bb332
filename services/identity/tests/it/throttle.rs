//! I29: guessing is slow, and victims are not locked out.

use std::time::Duration;

use api::identity::v1::SignInRequest;
use clock::Clock;
use identity::{
    domain::throttle::{LOGIN, NETWORK},
    live::throttle::{Bucket, Throttle},
};
use testkit::{Backends, eventually};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::world::{Member, PASSWORD, World, refusal};

fn throttled() -> (Code, String) {
    (Code::ResourceExhausted, "ATTEMPTS_THROTTLED".to_owned())
}

/// Somebody with a device and an address, as a trusted proxy tells it.
struct Visitor<'a> {
    world: &'a World,
    address: &'a str,
    device: &'a str,
}

impl Visitor<'_> {
    async fn sign_in(&self, email: &str, password: &str) -> Result<Member, Status> {
        let mut request = Request::new(SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            client_label: String::new(),
            device_token: self.device.to_owned(),
            ..SignInRequest::default()
        });
        request
            .metadata_mut()
            .insert("x-forwarded-for", self.address.parse().unwrap());
        let answer = self.world.nobody().auth().sign_in(request).await?;
        Ok(self.world.member(answer.into_inner()))
    }

    /// Guesses until told to slow down; how many guesses that took, and what was said then.
    async fn guess(&self, email: &str) -> (usize, Status) {
        for guesses in 1..100 {
            let status = self
                .sign_in(email, "the wrong password")
                .await
                .err()
                .unwrap();
            match refusal(Err::<(), _>(status.clone())) {
                outcome if outcome == throttled() => return (guesses, status),
                (Code::Unauthenticated, _) => {}
                other => panic!("{other:?}"),
            }
        }
        panic!("nobody slowed the guesser down");
    }
}

/// As if somebody had guessed at this login for a while: the pause outlasts the test.
async fn besiege(world: &World, email: &str) {
    let digest = ring::digest::digest(&ring::digest::SHA256, email.as_bytes());
    let bucket = Bucket::Login(digest.as_ref().try_into().unwrap());
    let much_later = (Clock::system().now() + LOGIN.longest).timestamp_millis();
    let key = bucket.key(world.live.keys());
    let hold = world
        .live
        .command("HSET")
        .key(&key)
        .arg("count")
        .arg(20)
        .arg("until")
        .arg(much_later);
    hold.run::<u64>().await.unwrap();
}

async fn behind_a_proxy() -> World {
    World::start_with(&[("clients.trusted_proxies", "127.0.0.0/8")]).await
}

#[tokio::test]
async fn a_guesser_is_slowed_and_told_when_to_come_back() {
    let world = behind_a_proxy().await;
    let owner = world.company().await;
    let guesser = Visitor {
        world: &world,
        address: "203.0.113.7",
        device: "",
    };
    let (guesses, status) = guesser.guess(&owner.user.email).await;
    assert!(guesses >= 7, "five free ones, and the sixth costs a second");
    let wait = status
        .get_error_details()
        .retry_info()
        .unwrap()
        .retry_delay
        .unwrap();
    assert!(wait <= LOGIN.longest && wait > Duration::ZERO);
}

#[tokio::test]
async fn an_unknown_login_is_slowed_like_a_known_one() {
    let world = behind_a_proxy().await;
    let guesser = Visitor {
        world: &world,
        address: "203.0.113.7",
        device: "",
    };
    assert!(guesser.guess("nobody@example.com").await.0 >= 7);
}

#[tokio::test]
async fn the_owner_gets_in_on_a_known_device_while_somebody_guesses() {
    let world = behind_a_proxy().await;
    let owner = world.company().await;
    besiege(&world, &owner.user.email).await;
    let elsewhere = Visitor {
        world: &world,
        address: "198.51.100.9",
        device: "",
    };
    assert_eq!(
        refusal(
            elsewhere
                .sign_in(&owner.user.email, PASSWORD)
                .await
                .map(drop)
        ),
        throttled()
    );
    let at_home = Visitor {
        device: &owner.device,
        ..elsewhere
    };
    let again = at_home.sign_in(&owner.user.email, PASSWORD).await.unwrap();
    assert_eq!(again.device, owner.device, "still the same device");
}

#[tokio::test]
async fn a_device_is_known_to_its_owner_only() {
    let world = behind_a_proxy().await;
    let (owner, stranger) = (world.company().await, world.company().await);
    besiege(&world, &owner.user.email).await;
    let mut forged = owner.device.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'Q' } else { 'A' });
    for device in ["", "sdt_", "x", &forged, &stranger.device] {
        let visitor = Visitor {
            world: &world,
            address: "203.0.113.7",
            device,
        };
        assert_eq!(
            refusal(visitor.sign_in(&owner.user.email, PASSWORD).await.map(drop)),
            throttled()
        );
    }
}

#[tokio::test]
async fn somebody_who_tries_many_logins_is_slowed_by_network() {
    let world = behind_a_proxy().await;
    let owner = world.company().await;
    let sprayer = Visitor {
        world: &world,
        address: "203.0.113.7",
        device: "",
    };
    let throttle = Throttle::new(&world.live);
    for _ in 0..=NETWORK.free {
        throttle
            .attempt(&[Bucket::Network("203.0.113.0/24".to_owned())])
            .await
            .unwrap();
    }
    let neighbour = Visitor {
        address: "203.0.113.200",
        ..sprayer
    };
    let outcome = neighbour
        .sign_in("one@example.com", PASSWORD)
        .await
        .map(drop);
    assert_eq!(refusal(outcome), throttled());
    let known = Visitor {
        device: &owner.device,
        ..neighbour
    };
    known.sign_in(&owner.user.email, PASSWORD).await.unwrap();
    let elsewhere = Visitor {
        address: "198.51.100.1",
        ..neighbour
    };
    let outcome = elsewhere
        .sign_in("one@example.com", PASSWORD)
        .await
        .map(drop);
    assert_eq!(refusal(outcome).0, Code::Unauthenticated);
}

#[tokio::test]
async fn an_honest_sign_in_clears_the_typing_errors() {
    let world = behind_a_proxy().await;
    let owner = world.company().await;
    let typist = Visitor {
        world: &world,
        address: "203.0.113.7",
        device: "",
    };
    for _ in 0..4 {
        for _ in 0..3 {
            assert!(typist.sign_in(&owner.user.email, "oops").await.is_err());
        }
        typist.sign_in(&owner.user.email, PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn the_script_pauses_as_the_domain_says() {
    let throttle = Throttle::new(&Backends::get().live());
    let bucket = [Bucket::Login([7; 32])];
    for attempt in 1..=LOGIN.free + 1 {
        assert_eq!(
            throttle.attempt(&bucket).await.unwrap(),
            None,
            "attempt {attempt}"
        );
    }
    let mut expected = LOGIN.pause(LOGIN.free + 1);
    for _ in 0..2 {
        let asked = throttle.attempt(&bucket).await.unwrap().unwrap();
        assert!(
            asked <= expected && asked > expected / 4,
            "{asked:?} of {expected:?}"
        );
        // Too early does not prolong it; after it, one more attempt doubles it.
        let over = async || {
            throttle
                .attempt(&bucket)
                .await
                .unwrap()
                .is_none()
                .then_some(())
        };
        eventually(expected * 3, "the pause is over", over).await;
        expected *= 2;
    }
    throttle.forgive(&bucket).await.unwrap();
    assert_eq!(throttle.attempt(&bucket).await.unwrap(), None);
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_a_hundred_guesses() {
    let throttle = Throttle::new(&Backends::get().live());
    let bucket = [Bucket::Login([8; 32])];
    let admitted = futures::future::join_all((0..100).map(|_| throttle.attempt(&bucket))).await;
    let admitted = admitted
        .into_iter()
        .filter(|outcome| matches!(outcome, Ok(None)))
        .count();
    assert_eq!(admitted, 6);
}
