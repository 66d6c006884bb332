use proptest::prelude::*;
use ring::{digest, hmac};

use super::*;

struct Keyed(hmac::Key);

impl Chain for Keyed {
    fn successor(&self, secret: &Secret) -> Secret {
        first32(hmac::sign(&self.0, secret).as_ref())
    }

    fn digest(&self, secret: &Secret) -> [u8; 32] {
        first32(digest::digest(&digest::SHA256, secret).as_ref())
    }
}

fn first32(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(bytes);
    out
}

const DAY: TimeDelta = TimeDelta::hours(24);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn chain() -> Keyed {
    Keyed(hmac::Key::new(hmac::HMAC_SHA256, b"server"))
}

const FIRST: Secret = [7; 32];

fn rotated_once() -> (Family, Secret) {
    let family = Family::begin(&chain(), &FIRST, at(0), DAY);
    match family.present(&chain(), 0, &FIRST, Client::Same, at(300), DAY) {
        Presented::Next { family, secret } => (family, secret),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lost_answer_is_given_again_for_ten_seconds() {
    let (family, secret) = rotated_once();
    for seconds in [300, 301, 309, 310] {
        let again = family.present(&chain(), 0, &FIRST, Client::Same, at(seconds), DAY);
        assert_eq!(again, Presented::Again { secret });
    }
    let late = family.present(&chain(), 0, &FIRST, Client::Same, at(311), DAY);
    assert_eq!(
        late,
        Presented::Reused {
            family: family.clone().end(EndReason::Reused, at(311))
        }
    );
}

#[test]
fn a_lost_answer_is_not_given_to_another_client() {
    let (family, _) = rotated_once();
    let elsewhere = family.present(&chain(), 0, &FIRST, Client::Another, at(301), DAY);
    assert!(matches!(elsewhere, Presented::Reused { .. }));
}

#[test]
fn a_token_two_behind_ends_the_family_at_once() {
    let (family, secret) = rotated_once();
    let Presented::Next { family, .. } =
        family.present(&chain(), 1, &secret, Client::Same, at(301), DAY)
    else {
        panic!("the newest must rotate");
    };
    assert!(matches!(
        family.present(&chain(), 0, &FIRST, Client::Same, at(302), DAY),
        Presented::Reused { .. }
    ));
}

#[test]
fn without_the_secret_nothing_happens() {
    let (family, secret) = rotated_once();
    let wrong = [8; 32];
    for generation in [0, 1, 2, u64::MAX] {
        assert_eq!(
            family.present(&chain(), generation, &wrong, Client::Same, at(301), DAY),
            Presented::Rejected
        );
    }
    // The right secret under the wrong generation is not the right token.
    assert_eq!(
        family.present(&chain(), 0, &secret, Client::Same, at(301), DAY),
        Presented::Rejected
    );
    assert_eq!(
        family.present(&chain(), 1, &FIRST, Client::Same, at(301), DAY),
        Presented::Rejected
    );
}

#[test]
fn an_ended_or_expired_session_takes_nothing() {
    let (family, secret) = rotated_once();
    let ended = family.clone().end(EndReason::SignedOut, at(301));
    assert_eq!(
        ended.present(&chain(), 1, &secret, Client::Same, at(302), DAY),
        Presented::Rejected
    );
    assert_eq!(
        family.present(&chain(), 1, &secret, Client::Same, at(300) + DAY, DAY),
        Presented::Rejected
    );
    let first_end = ended.clone().end(EndReason::Reused, at(400)).ended;
    assert_eq!(
        first_end,
        Some((at(301), EndReason::SignedOut)),
        "the first reason stays"
    );
}

#[test]
fn a_forged_distance_costs_a_bounded_number_of_hashes() {
    let family = Family {
        generation: u64::MAX,
        ..Family::begin(&chain(), &FIRST, at(0), DAY)
    };
    assert_eq!(
        family.present(&chain(), 0, &FIRST, Client::Same, at(1), DAY),
        Presented::Rejected
    );
}

proptest! {
    /// A client that works through the chain while a thief replays old tokens at will: the
    /// family lives exactly until a token other than the newest, or the one before it by the same
    /// client within ten seconds, is used; and one predecessor never has two successors.
    #[test]
    fn the_family_lives_until_the_first_real_reuse(
        steps in prop::collection::vec((0_usize..6, 0_i64..15, any::<bool>()), 1..60),
    ) {
        let mut family = Family::begin(&chain(), &FIRST, at(0), DAY);
        let mut issued = vec![FIRST];
        let mut now = 0;
        for (behind, wait, elsewhere) in steps {
            now += wait;
            let newest = issued.len() - 1;
            let index = newest.saturating_sub(behind);
            let client = if elsewhere { Client::Another } else { Client::Same };
            let presented = &issued[index];
            let outcome = family.present(&chain(), index as u64, presented, client, at(now), DAY);
            if family.ended.is_some() {
                prop_assert_eq!(outcome, Presented::Rejected);
                continue;
            }
            let since = at(now) - family.rotated;
            match (newest - index, outcome) {
                (0, Presented::Next { family: next, secret }) => {
                    prop_assert!(!issued.contains(&secret));
                    issued.push(secret);
                    family = next;
                }
                (1, Presented::Again { secret }) => {
                    prop_assert!(since <= HONEST_RETRY && !elsewhere);
                    prop_assert_eq!(secret, issued[newest]);
                }
                (distance, Presented::Reused { family: over }) => {
                    prop_assert!(distance > 1 || since > HONEST_RETRY || elsewhere);
                    prop_assert!(!over.is_live(at(now)));
                    family = over;
                }
                (distance, other) => prop_assert!(false, "{distance} behind: {other:?}"),
            }
        }
    }
}
