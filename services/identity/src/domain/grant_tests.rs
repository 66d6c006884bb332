use access::roles::Span;
use proptest::{prelude::*, sample::select};

use super::*;

fn holding(roles: &[Role]) -> Roles {
    Roles::new(roles.iter().copied())
}

#[test]
fn only_the_owner_makes_and_touches_administrators() {
    let (owner, admin) = (holding(&[Role::Owner]), holding(&[Role::Admin]));
    let user = holding(&[]);
    assert_eq!(owner.may_grant(Role::Admin, &user), Ok(()));
    assert_eq!(
        admin.may_grant(Role::Admin, &user),
        Err(Forbidden::Rank(Role::Admin))
    );
    assert_eq!(
        admin.may_grant(Role::Supervisor, &admin),
        Err(Forbidden::Rank(Role::Admin))
    );
    assert_eq!(admin.may_manage(&admin), Err(Forbidden::Rank(Role::Admin)));
    assert_eq!(admin.may_manage(&owner), Err(Forbidden::Rank(Role::Owner)));
    assert_eq!(owner.may_manage(&admin), Ok(()));
}

#[test]
fn ownership_is_never_granted_and_user_is_everybodys() {
    let owner = holding(&[Role::Owner]);
    for target in [holding(&[]), holding(&[Role::Admin]), owner.clone()] {
        assert_eq!(
            owner.may_grant(Role::Owner, &target),
            Err(Forbidden::Ownership)
        );
        assert_eq!(
            owner.may_grant(Role::User, &target),
            Err(Forbidden::Everybody)
        );
    }
    assert_eq!(holding(&[]).as_slice(), [Role::User]);
    assert_eq!(
        holding(&[Role::Technical, Role::Admin]).as_slice(),
        [Role::Admin, Role::Technical, Role::User]
    );
}

#[test]
fn a_technician_manages_an_accountant_but_cannot_become_one() {
    let technical = holding(&[Role::Technical]);
    let supervisor = holding(&[Role::Supervisor]);
    assert_eq!(technical.may_manage(&supervisor), Ok(()));
    assert_eq!(
        technical.may_impersonate(&supervisor),
        Err(Forbidden::Beyond(Role::Supervisor))
    );
    assert_eq!(
        technical.may_impersonate(&holding(&[])),
        if technical.cover(Role::User) {
            Ok(())
        } else {
            Err(Forbidden::Beyond(Role::User))
        }
    );
}

fn width(roles: &[Role], permission: Permission) -> Option<Span> {
    roles
        .iter()
        .filter_map(|role| roles::span(*role, permission))
        .max()
}

proptest! {
    /// However the people of a company grant and revoke among themselves, nobody without a
    /// wider colleague's help ends up with more than the widest non-owner could be given, no
    /// second owner appears, and no administrator that the owner did not make.
    #[test]
    fn no_sequence_of_grants_escalates(
        moves in prop::collection::vec((0..5_usize, 0..5_usize, select(ROLES.as_slice()), any::<bool>()), 0..60),
    ) {
        let mut people = [
            vec![Role::Owner], vec![Role::Admin], vec![Role::Technical], vec![Role::Supervisor], vec![],
        ];
        for (actor, target, role, grant) in moves {
            let (from, to) = (Roles::new(people[actor].clone()), Roles::new(people[target].clone()));
            if width(from.as_slice(), Permission::RolesGrant).is_none()
                || from.may_grant(role, &to).is_err()
            {
                continue;
            }
            prop_assert!(role != Role::Admin || actor == 0, "an administrator not made by the owner");
            for (permission, _) in roles::MATRIX.iter() {
                prop_assert!(roles::span(role, *permission) <= width(from.as_slice(), *permission));
            }
            people[target].retain(|held| *held != role);
            if grant {
                people[target].push(role);
            }
        }
        let owners = people.iter().filter(|held| held.contains(&Role::Owner)).count();
        prop_assert_eq!(owners, 1);
        prop_assert!(people[0].contains(&Role::Owner));
    }

    #[test]
    fn whom_you_may_impersonate_gives_you_nothing_new(
        actor in prop::collection::vec(select(ROLES.as_slice()), 0..4),
        target in prop::collection::vec(select(ROLES.as_slice()), 0..4),
    ) {
        let (actor, target) = (Roles::new(actor), Roles::new(target));
        if actor.may_impersonate(&target).is_ok() {
            for (permission, _) in roles::MATRIX.iter() {
                prop_assert!(width(target.as_slice(), *permission) <= width(actor.as_slice(), *permission));
            }
        }
    }
}
