//! Whatever people do to each other's roles, none of them ends up with more than they had
//! together: the rules of escalation as one property, over every operation there is.

use std::collections::{BTreeMap, BTreeSet};

use access::Covered;
use ids::QueueId;
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{TestCaseError, TestCaseResult, TestRunner},
};

use super::*;
use crate::domain::{
    role::{InvalidReaches, possible},
    service_key::Scopes,
};

/// Who decides; the real rules, or others that must be found out.
#[derive(Clone, Copy)]
struct Rules {
    custom: fn(&Roles, &Reaches) -> Result<(), Forbidden>,
    keys: fn(&Roles, &Scopes) -> bool,
}

const REAL: Rules = Rules {
    custom: Roles::cover_custom,
    keys: |mine, scopes| scopes.within(mine).is_ok(),
};

#[derive(Debug, Clone)]
enum Step {
    Grant(Role, Option<u8>),
    Revoke(Role),
    Make(Reaches),
    Edit(Index, Reaches),
    Delete(Index, bool),
    GrantCustom(Index, Option<u8>),
    RevokeCustom(Index),
    Transfer,
    Suspend,
    Resume,
    Key(Scopes),
}

#[derive(Debug, Clone, Default)]
struct Member {
    built_in: BTreeSet<Role>,
    supervises: BTreeSet<Covered>,
    custom: BTreeMap<usize, BTreeSet<Covered>>,
    suspended: bool,
}

/// What somebody can do with a permission: how far, and if bound to things, to which.
type Right = (Option<Span>, BTreeSet<Covered>);

#[derive(Debug, Clone)]
struct Company {
    people: Vec<Member>,
    roles: Vec<Option<Reaches>>,
    keys: Vec<Scopes>,
}

impl Company {
    fn roles_of(&self, who: usize) -> Roles {
        let member = &self.people[who];
        let custom = member.custom.keys();
        Roles::new(member.built_in.iter().copied())
            .with_custom(custom.filter_map(|role| self.roles[*role].clone()))
    }

    fn right(&self, who: usize, permission: Permission) -> Right {
        let member = &self.people[who];
        let mut bound = BTreeSet::new();
        let bound_by = |role: &Role| roles::span(*role, permission) == Some(Span::Groups);
        if member.built_in.iter().any(bound_by) {
            bound.extend(&member.supervises);
        }
        for (role, covers) in &member.custom {
            let reaches = self.roles[*role].as_ref();
            if reaches.and_then(|it| it.span(permission)) == Some(Span::Groups) {
                bound.extend(covers);
            }
        }
        (self.roles_of(who).span(permission), bound)
    }

    /// What these people, and every key, can do together.
    fn together(&self, who: impl Iterator<Item = usize>, permission: Permission) -> Right {
        let key = |key: &Scopes| {
            key.as_slice()
                .contains(&permission)
                .then_some(Span::Account)
        };
        let mut all: Right = (self.keys.iter().filter_map(key).max(), BTreeSet::new());
        for who in who {
            let (span, bound) = self.right(who, permission);
            all.0 = all.0.max(span);
            all.1.extend(bound);
        }
        all
    }

    fn role(&self, index: &Index) -> Option<(usize, Reaches)> {
        let alive: Vec<usize> = (0..self.roles.len())
            .filter(|role| self.roles[*role].is_some())
            .collect();
        let role = *alive.get(index.index(alive.len().max(1)))?;
        Some((role, self.roles[role].clone()?))
    }

    /// One step by `by` on `on`, if the rules allow it.
    fn take(&mut self, rules: Rules, by: usize, on: usize, step: &Step) {
        let (mine, theirs) = (self.roles_of(by), self.roles_of(on));
        let may = |permission| mine.span(permission) == Some(Span::Account);
        if self.people[by].suspended {
            return;
        }
        match step {
            Step::Grant(role, covered) => {
                if may(Permission::RolesGrant) && mine.may_grant(*role, &theirs).is_ok() {
                    self.people[on].built_in.insert(*role);
                    if *role == Role::Supervisor {
                        self.people[on].supervises = things(*covered);
                    }
                }
            }
            Step::Revoke(role) => {
                if may(Permission::RolesGrant) && mine.may_grant(*role, &theirs).is_ok() {
                    self.people[on].built_in.remove(role);
                }
            }
            Step::Make(reaches) => {
                if may(Permission::RolesManage) && (rules.custom)(&mine, reaches).is_ok() {
                    self.roles.push(Some(reaches.clone()));
                }
            }
            Step::Edit(role, after) => {
                let Some((role, before)) = self.role(role) else {
                    return;
                };
                let covers = |it| (rules.custom)(&mine, it).is_ok();
                if may(Permission::RolesManage) && covers(&before) && covers(after) {
                    self.roles[role] = Some(after.clone());
                }
            }
            Step::Delete(role, force) => {
                let Some((role, reaches)) = self.role(role) else {
                    return;
                };
                let held = self.people.iter().any(|it| it.custom.contains_key(&role));
                let covers = (rules.custom)(&mine, &reaches).is_ok();
                if may(Permission::RolesManage) && covers && (*force || !held) {
                    self.roles[role] = None;
                    for member in &mut self.people {
                        member.custom.remove(&role);
                    }
                }
            }
            Step::GrantCustom(role, covered) => {
                let Some((role, reaches)) = self.role(role) else {
                    return;
                };
                let covers = (rules.custom)(&mine, &reaches).is_ok();
                if may(Permission::RolesGrant) && covers && mine.may_manage(&theirs).is_ok() {
                    self.people[on].custom.insert(role, things(*covered));
                }
            }
            Step::RevokeCustom(role) => {
                if let Some((role, reaches)) = self.role(role)
                    && may(Permission::RolesGrant)
                    && mine.may_grant_custom(&reaches, &theirs).is_ok()
                {
                    self.people[on].custom.remove(&role);
                }
            }
            Step::Transfer => {
                if may(Permission::OwnershipTransfer) && !self.people[on].suspended && by != on {
                    self.people[by].built_in.remove(&Role::Owner);
                    self.people[by].built_in.insert(Role::Admin);
                    self.people[on].built_in.insert(Role::Owner);
                }
            }
            Step::Suspend => {
                let owner = theirs.has(Role::Owner);
                if may(Permission::UsersManage) && mine.may_manage(&theirs).is_ok() && !owner {
                    self.people[on].suspended = true;
                }
            }
            Step::Resume => {
                if may(Permission::UsersManage) && mine.may_manage(&theirs).is_ok() {
                    self.people[on].suspended = false;
                }
            }
            Step::Key(scopes) => {
                if may(Permission::ServiceKeysManage) && (rules.keys)(&mine, scopes) {
                    self.keys.push(scopes.clone());
                }
            }
        }
    }
}

/// None, or one of three queues.
fn things(covered: Option<u8>) -> BTreeSet<Covered> {
    let queue = |number: u8| QueueId::from_uuid(uuid::Uuid::from_u128(number.into()));
    covered
        .map(|number| queue(number % 3).into())
        .into_iter()
        .collect()
}

fn reaches() -> impl Strategy<Value = Reaches> {
    let all: Vec<(Permission, Span)> = roles::MATRIX
        .iter()
        .flat_map(|(permission, _)| {
            let spans = possible(*permission).into_iter();
            spans.map(|span| (*permission, span))
        })
        .collect();
    let some = prop::collection::vec(select(all), 1..4);
    some.prop_filter_map("twice the same", |some| match Reaches::new(some) {
        Ok(reaches) => Some(reaches),
        Err(InvalidReaches::Twice(_)) => None,
        Err(problem) => panic!("{problem}"),
    })
}

fn step() -> impl Strategy<Value = Step> {
    let role = || select(ROLES.as_slice());
    let covered = || prop::option::of(any::<u8>());
    let keyed: Vec<Permission> = roles::MATRIX
        .iter()
        .map(|(permission, _)| *permission)
        .filter(|permission| Scopes::new([*permission]).is_ok())
        .collect();
    prop_oneof![
        (role(), covered()).prop_map(|(role, covered)| Step::Grant(role, covered)),
        role().prop_map(Step::Revoke),
        reaches().prop_map(Step::Make),
        (any::<Index>(), reaches()).prop_map(|(role, reaches)| Step::Edit(role, reaches)),
        (any::<Index>(), any::<bool>()).prop_map(|(role, force)| Step::Delete(role, force)),
        (any::<Index>(), covered()).prop_map(|(role, covered)| Step::GrantCustom(role, covered)),
        any::<Index>().prop_map(Step::RevokeCustom),
        Just(Step::Transfer),
        Just(Step::Suspend),
        Just(Step::Resume),
        select(keyed).prop_map(|it| Step::Key(Scopes::new([it]).unwrap())),
    ]
}

/// An owner and four others, of whom the roles given here are the only ones that anybody holds.
fn company() -> impl Strategy<Value = Company> {
    let roles = prop::collection::vec(reaches(), 0..3);
    let other = (
        prop::collection::btree_set(select(&ROLES.as_slice()[2..]), 0..3),
        prop::option::of(any::<u8>()),
        prop::collection::vec((any::<Index>(), prop::option::of(any::<u8>())), 0..2),
    );
    let others = prop::collection::vec(other, 4);
    (roles, others, any::<bool>(), any::<bool>()).prop_map(|(mut roles, others, admin, deputy)| {
        let owner = Member {
            built_in: BTreeSet::from([Role::Owner]),
            ..Member::default()
        };
        let others = others
            .into_iter()
            .map(|(built_in, supervises, custom)| Member {
                built_in,
                supervises: things(supervises),
                custom: match roles.len() {
                    0 => BTreeMap::new(),
                    many => custom
                        .into_iter()
                        .map(|(role, covered)| (role.index(many), things(covered)))
                        .collect(),
                },
                suspended: false,
            });
        let mut people: Vec<Member> = [owner].into_iter().chain(others).collect();
        if admin {
            people[1].built_in.insert(Role::Admin);
        }
        if deputy {
            // May hand out a lot, has little: whoever looks for a gap stands here.
            let handing_out = [
                Permission::RolesGrant,
                Permission::RolesManage,
                Permission::ServiceKeysManage,
            ];
            let handing_out = handing_out.map(|permission| (permission, Span::Account));
            people[2].custom.insert(roles.len(), BTreeSet::new());
            roles.push(Reaches::new(handing_out).unwrap());
            people[2].built_in.insert(Role::Supervisor);
            people[2].supervises = things(Some(0));
        }
        let roles = roles.into_iter().map(Some).collect();
        let keys = Vec::new();
        Company {
            people,
            roles,
            keys,
        }
    })
}

type Steps = Vec<(usize, usize, Step)>;

fn story(by: std::ops::Range<usize>) -> impl Strategy<Value = (Company, Steps)> {
    let steps = prop::collection::vec((by, 0..5_usize, step()), 1..40);
    (company(), steps)
}

/// Whatever everybody but the owner does, none of them can do more than one of them could.
fn nobody_gains(rules: Rules, mut company: Company, steps: Steps) -> TestCaseResult {
    let permissions = || roles::MATRIX.iter().map(|(permission, _)| *permission);
    let before: Vec<Right> = permissions()
        .map(|permission| company.together(1..5, permission))
        .collect();
    for (by, on, step) in steps {
        company.take(rules, by, on, &step);
        for (permission, before) in permissions().zip(&before) {
            let after = company.together(1..5, permission);
            prop_assert!(
                after.0 <= before.0,
                "{permission:?} from {before:?} to {after:?} by {step:?}"
            );
            // Whoever could do it everywhere gains nothing with one thing more.
            let bound = before.0 == Some(Span::Account) || after.1.is_subset(&before.1);
            prop_assert!(bound, "{permission:?} over {:?} by {step:?}", after.1);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn nobody_gains_what_they_could_not_be_given((company, steps) in story(1..5)) {
        nobody_gains(REAL, company, steps)?;
    }

    #[test]
    fn there_is_one_owner_who_alone_makes_administrators((company, steps) in story(0..5)) {
        let mut company = company;
        for (by, on, step) in steps {
            let owned = company.roles_of(by).has(Role::Owner);
            let admins = |company: &Company| {
                let people = 0..company.people.len();
                people.filter(|who| company.roles_of(*who).has(Role::Admin)).collect::<Vec<_>>()
            };
            let before = admins(&company);
            company.take(REAL, by, on, &step);
            let owners = company.people.iter().filter(|it| it.built_in.contains(&Role::Owner));
            prop_assert_eq!(owners.count(), 1);
            prop_assert!(owned || admins(&company) == before, "{:?} by {}", step, by);
            for member in company.people.iter().filter(|it| it.suspended) {
                prop_assert!(!member.built_in.contains(&Role::Owner));
            }
            for custom in company.roles.iter().flatten() {
                prop_assert_eq!(custom.span(Permission::OwnershipTransfer), None);
            }
        }
    }
}

/// The property finds rules that leave a gap.
#[test]
fn a_planted_gap_is_found() {
    let by_name: fn(&Roles, &Reaches) -> Result<(), Forbidden> = |mine, role| {
        let mut all = role.iter();
        match all.find(|(permission, _)| mine.span(*permission).is_none()) {
            Some((permission, _)) => Err(Forbidden::BeyondCustom(permission)),
            None => Ok(()),
        }
    };
    let planted = [
        // Whoever may do it at all may hand it out, however far it reaches.
        Rules {
            custom: by_name,
            ..REAL
        },
        Rules {
            keys: |mine, scopes| scopes.as_slice().iter().all(|it| mine.span(*it).is_some()),
            ..REAL
        },
        // Supervising one queue is as good as supervising another.
        Rules {
            custom: |mine, role| {
                let mut all = role.iter();
                match all.find(|(permission, span)| mine.span(*permission) < Some(*span)) {
                    Some((permission, _)) => Err(Forbidden::BeyondCustom(permission)),
                    None => Ok(()),
                }
            },
            ..REAL
        },
    ];
    for (index, rules) in planted.into_iter().enumerate() {
        let mut runner = TestRunner::new(ProptestConfig {
            cases: 4_000,
            max_shrink_iters: 0,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let found = runner.run(&story(1..5), |(company, steps)| {
            nobody_gains(rules, company, steps)
                .map_err(|_| TestCaseError::fail("somebody gained a right"))
        });
        assert!(found.is_err(), "gap {index} was not found");
    }
}
