use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

type Step = fn(User, DateTime<Utc>) -> Result<User, InvalidTransition>;

const STEPS: [(&str, Step); 4] = [
    ("accept", User::accept),
    ("suspend", User::suspend),
    ("resume", User::resume),
    ("deactivate", User::deactivate),
];

fn ada() -> User {
    let profile = Profile {
        first_name: "Ada".parse().unwrap(),
        last_name: "Lovelace".parse().unwrap(),
        email: "ada@example.com".parse().unwrap(),
        job_title: "Analyst".parse().unwrap(),
    };
    User::invited(
        AccountId::generate(),
        UserId::generate(),
        profile,
        DateTime::UNIX_EPOCH,
    )
}

#[test]
fn the_whole_table_of_transitions() {
    use UserState::{Active, Deactivated, Invited, Suspended};
    let table = [
        (Invited, [Some(Active), None, None, Some(Deactivated)]),
        (Active, [None, Some(Suspended), None, Some(Deactivated)]),
        (Suspended, [None, None, Some(Active), Some(Deactivated)]),
        (Deactivated, [None, None, None, None]),
    ];
    for (from, expected) in table {
        for ((name, step), to) in STEPS.into_iter().zip(expected) {
            let user = User {
                state: from,
                ..ada()
            };
            let outcome = step(user, DateTime::UNIX_EPOCH).map(|user| user.state);
            assert_eq!(
                outcome,
                to.ok_or(InvalidTransition { from }),
                "{name} while {from:?}"
            );
        }
    }
}

#[test]
fn names_and_states_are_one_to_one() {
    for state in UserState::ALL {
        assert_eq!(UserState::named(state.name()), Some(state));
    }
    assert_eq!(UserState::named("active"), None);
}

proptest! {
    #[test]
    fn nobody_comes_back_and_every_change_counts(steps in prop::collection::vec(0..STEPS.len(), 0..20)) {
        let mut user = ada();
        for (second, index) in (1_i64..).zip(steps) {
            let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
            let before = user.clone();
            match STEPS[index].1(user, now) {
                Ok(after) => {
                    prop_assert_ne!(before.state, UserState::Deactivated);
                    prop_assert_eq!(after.version, before.version + 1);
                    prop_assert_eq!((after.id, after.account), (before.id, before.account));
                    prop_assert_eq!(after.updated, now);
                    user = after;
                }
                Err(refused) => {
                    prop_assert_eq!(refused.from, before.state);
                    user = before;
                }
            }
        }
    }
}
