use proptest::prelude::*;

use super::*;

const ROTATION: Rotation = Rotation {
    service_life: TimeDelta::days(30),
    lead: TimeDelta::minutes(10),
    tail: TimeDelta::minutes(31),
};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

/// Does its duty as the service would.
fn tend(keys: &mut Vec<Schedule>, rotation: &Rotation, now: DateTime<Utc>) {
    let key_id = keys.len().to_string();
    match duty(keys, rotation, now) {
        Duty::Rest => {}
        Duty::Found => keys.push(Schedule {
            key_id,
            active_from: now,
            replaced_at: None,
        }),
        Duty::Succeed { current, at } => {
            for key in keys.iter_mut().filter(|key| key.key_id == current) {
                key.replaced_at = Some(at);
            }
            keys.push(Schedule {
                key_id,
                active_from: at,
                replaced_at: None,
            });
        }
    }
}

#[test]
fn the_first_key_signs_at_once() {
    let mut keys = Vec::new();
    tend(&mut keys, &ROTATION, at(0));
    assert_eq!(
        signing(&keys, at(0)).map(|key| key.key_id.as_str()),
        Some("0")
    );
    assert_eq!(duty(&keys, &ROTATION, at(1)), Duty::Rest);
}

#[test]
fn a_successor_is_known_before_it_signs_and_the_old_one_after() {
    let mut keys = Vec::new();
    tend(&mut keys, &ROTATION, at(0));
    let due = at(30 * 24 * 60);
    tend(&mut keys, &ROTATION, due - ROTATION.lead);
    assert_eq!(keys.len(), 2);
    assert_eq!(
        signing(&keys, due - TimeDelta::seconds(1)).map(|key| key.key_id.as_str()),
        Some("0")
    );
    assert_eq!(
        signing(&keys, due).map(|key| key.key_id.as_str()),
        Some("1")
    );
    assert!(keys[0].is_published(&ROTATION, due + TimeDelta::minutes(30)));
    assert!(!keys[0].is_published(&ROTATION, due + TimeDelta::minutes(31)));
}

proptest! {
    /// Whatever the gaps between two looks at the keys, there is always exactly one to sign
    /// with, it was published for the whole lead before (unless it is the first), and a token
    /// signed with it verifies until its end.
    #[test]
    fn no_gap_in_the_keys_costs_a_request(gaps in prop::collection::vec(1_i64..100_000, 1..60)) {
        let mut keys: Vec<Schedule> = Vec::new();
        let mut first_seen: Vec<DateTime<Utc>> = Vec::new();
        let mut now = at(0);
        for gap in gaps {
            tend(&mut keys, &ROTATION, now);
            first_seen.resize(keys.len(), now);
            let current = signing(&keys, now).cloned();
            prop_assert!(current.is_some());
            for (key, seen) in keys.iter().zip(&first_seen).skip(1) {
                prop_assert!(key.active_from - *seen >= ROTATION.lead);
            }
            if let Some(key) = current {
                let token_end = now + TimeDelta::minutes(30);
                prop_assert!(key.is_published(&ROTATION, now));
                prop_assert!(key.retires(&ROTATION).is_none_or(|end| token_end < end));
            }
            now += TimeDelta::minutes(gap);
        }
    }

    /// However short the life of a key, and however late it is looked at: no more are published
    /// than was reckoned with.
    #[test]
    fn never_more_keys_are_published_than_reckoned(
        life in 1_i64..40,
        lead in 1_i64..20,
        gaps in prop::collection::vec(1_i64..30, 1..100),
    ) {
        let rotation = Rotation {
            service_life: TimeDelta::minutes(life),
            lead: TimeDelta::minutes(lead),
            ..ROTATION
        };
        let mut keys: Vec<Schedule> = Vec::new();
        let mut now = at(0);
        for gap in gaps {
            tend(&mut keys, &rotation, now);
            let published = keys.iter().filter(|key| key.is_published(&rotation, now)).count();
            prop_assert!(published as u64 <= rotation.most_published());
            now += TimeDelta::minutes(gap);
        }
    }
}
