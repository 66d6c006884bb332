use access::Role;
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn key() -> ServiceKey {
    ServiceKey {
        account: AccountId::from_uuid(uuid::Uuid::from_u128(1)),
        id: ServiceKeyId::from_uuid(uuid::Uuid::from_u128(2)),
        name: "CRM".parse().unwrap(),
        scopes: Scopes::new([Permission::UsersRead]).unwrap(),
        networks: Vec::new(),
        created_by: String::new(),
        created: at(0),
        expires: at(1_000),
        revoked: None,
        digest: [0; 32],
        rotated: at(0),
        former: None,
        last_use: None,
    }
}

#[test]
fn what_belongs_to_people_the_platform_or_edges_is_not_for_keys() {
    use Permission as P;
    for scope in [
        P::SessionsOwn,
        P::PresenceOwn,
        P::OwnershipTransfer,
        P::RolesGrant,
        P::UsersManage,
        P::ServiceKeysManage,
        P::AccountsCreate,
        P::AccountsSuspend,
        P::PlansRead,
        P::FloorManage,
        P::EdgeReport,
        P::Unspecified,
    ] {
        assert_eq!(
            Scopes::new([P::UsersRead, scope]),
            Err(InvalidScopes::NotForKeys(scope))
        );
    }
    for scope in [
        P::UsersRead,
        P::QueuesManage,
        P::PresenceRead,
        P::StatisticsRead,
        P::CallsControl,
    ] {
        assert!(Scopes::new([scope]).is_ok(), "{scope:?}");
    }
    assert_eq!(Scopes::new([]), Err(InvalidScopes::Empty));
    let twice = Scopes::new([P::QueuesManage, P::UsersRead, P::QueuesManage]).unwrap();
    assert_eq!(twice.to_string(), "USERS_READ QUEUES_MANAGE");
}

#[test]
fn nobody_gives_a_key_more_than_they_hold_in_the_whole_account() {
    let calls = Scopes::new([Permission::CallsRead]).unwrap();
    let queues = Scopes::new([Permission::QueuesManage]).unwrap();
    let owner = Roles::new([Role::Owner]);
    let technical = Roles::new([Role::Technical]);
    let supervisor = Roles::new([Role::Supervisor]);
    assert_eq!(calls.within(&owner), Ok(()));
    assert_eq!(queues.within(&technical), Ok(()));
    // Their own calls, and those of their groups, are less than all calls.
    for roles in [technical, supervisor] {
        assert_eq!(
            calls.within(&roles),
            Err(BeyondGiver(Permission::CallsRead))
        );
    }
}

#[test]
fn only_its_own_networks_bring_a_key() {
    let near: IpAddr = "192.0.2.7".parse().unwrap();
    let far: IpAddr = "198.51.100.7".parse().unwrap();
    let anywhere = key();
    assert_eq!(anywhere.admit(&[0; 32], None, at(1)), Ok(()));
    assert_eq!(anywhere.admit(&[0; 32], Some(far), at(1)), Ok(()));
    let at_home = ServiceKey {
        networks: vec!["192.0.2.0/24".parse().unwrap()],
        ..key()
    };
    assert_eq!(at_home.admit(&[0; 32], Some(near), at(1)), Ok(()));
    for address in [Some(far), None] {
        assert_eq!(
            at_home.admit(&[0; 32], address, at(1)),
            Err(Refused::Network)
        );
    }
}

#[test]
fn uses_are_noted_once_a_minute() {
    let used = |seconds| {
        let at = at(seconds);
        let network = String::new();
        ServiceKey {
            last_use: Some(Use { at, network }),
            ..key()
        }
    };
    assert!(key().notes_use(at(0)));
    assert!(!used(0).notes_use(at(59)));
    assert!(used(0).notes_use(at(60)));
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(i64),
    Rotate(i64),
    Revoke,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..400_i64).prop_map(Step::Wait),
        (0..400_i64).prop_map(Step::Rotate),
        Just(Step::Revoke),
    ];
    proptest::collection::vec(step, 0..12)
}

proptest! {
    /// Whatever happens to a key, the newest secret fits while the key lives, the one before it
    /// for exactly its overlap, and no other ever does.
    #[test]
    fn at_most_two_secrets_fit(steps in steps()) {
        let mut key = key();
        let (mut now, mut newest) = (0, 0_u8);
        // The secret before the newest, and how long it is good.
        let mut former: Option<(u8, i64)> = None;
        for step in steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Revoke => key = key.revoke(at(now)),
                Step::Rotate(overlap) => {
                    let live = key.is_live(at(now));
                    let next = newest + 1;
                    let rotated =
                        key.clone().rotate([next; 32], TimeDelta::seconds(overlap), None, at(now));
                    prop_assert_eq!(rotated.is_ok(), live);
                    if let Ok(rotated) = rotated {
                        key = rotated;
                        former = Some((newest, now + overlap));
                        newest = next;
                    }
                }
            }
            for secret in 0..=newest + 1 {
                let fits = key.admit(&[secret; 32], None, at(now)).is_ok();
                let good = secret == newest
                    || former.is_some_and(|(former, until)| former == secret && now < until);
                prop_assert_eq!(fits, good && key.is_live(at(now)), "secret {} at {}", secret, now);
            }
        }
    }
}
