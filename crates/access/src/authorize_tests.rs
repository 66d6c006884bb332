use chrono::DateTime;
use fault::{Code, Reason as _};
use ids::{AccountId, EdgeId, ServiceKeyId, UserId};

use super::*;
use crate::caller::{Grants, Limited, Reach};
use crate::covered::{Covered, Covers};
use crate::roles::Role;

const QUEUES: Policy = Policy {
    path: "/strowger.directory.v1.QueueService/CreateQueue",
    permission: Permission::QueuesManage as i32,
    scope: Scope::Account as i32,
    audience: &[Audience::Person as i32, Audience::Service as i32],
    idempotent: false,
    sensitive: false,
    deadline: None,
    max_request_bytes: 1024,
    server_streaming: false,
    client_streaming: false,
};

fn person(roles: &[Role]) -> Caller {
    Caller {
        account: Some(AccountId::generate()),
        subject: Subject::User(UserId::generate()),
        session: None,
        grants: Grants {
            roles: roles.to_vec(),
            ..Grants::default()
        },
        signed_in: None,
        generations: crate::revocation::Generations::default(),
        issued: DateTime::UNIX_EPOCH,
        expires: DateTime::UNIX_EPOCH,
    }
}

fn key(account: Option<AccountId>, permissions: &[Permission]) -> Caller {
    Caller {
        account,
        subject: Subject::Service(ServiceKeyId::generate()),
        grants: Grants {
            permissions: permissions.to_vec(),
            ..Grants::default()
        },
        ..person(&[])
    }
}

fn reason(policy: &Policy, caller: Option<&Caller>) -> &'static str {
    match authorize(policy, caller) {
        Ok(()) => "ok",
        Err(fault) => fault.reason().name(),
    }
}

#[test]
fn grants_add_up() {
    assert_eq!(
        reason(&QUEUES, Some(&person(&[Role::User]))),
        "PERMISSION_MISSING"
    );
    assert_eq!(
        reason(&QUEUES, Some(&person(&[Role::User, Role::Technical]))),
        "ok"
    );
    assert_eq!(reason(&QUEUES, None), "TOKEN_MISSING");
}

#[test]
fn a_denial_names_what_is_missing() {
    let fault = authorize(&QUEUES, Some(&person(&[Role::User]))).unwrap_err();
    assert_eq!(fault.code(), Code::PermissionDenied);
    assert!(fault.message().contains("QUEUES_MANAGE"), "{fault}");
}

#[test]
fn the_tenant_boundary_holds_both_ways() {
    let inside = key(Some(AccountId::generate()), &[Permission::QueuesManage]);
    let platform = key(None, &[Permission::QueuesManage]);
    let everywhere = Policy {
        scope: Scope::Platform as i32,
        ..QUEUES
    };
    assert_eq!(reason(&QUEUES, Some(&inside)), "ok");
    assert_eq!(reason(&QUEUES, Some(&platform)), "AUDIENCE_MISMATCH");
    assert_eq!(reason(&everywhere, Some(&platform)), "ok");
    assert_eq!(reason(&everywhere, Some(&inside)), "AUDIENCE_MISMATCH");
    assert_eq!(inside.reach(Permission::QueuesManage), Reach::Account);
    assert_eq!(platform.reach(Permission::QueuesManage), Reach::Platform);
    // A role without an account is a role nowhere.
    let mut stray = person(&[Role::Owner]);
    stray.account = None;
    assert_eq!(stray.reach(Permission::QueuesManage), Reach::None);
}

#[test]
fn the_kind_of_caller_must_fit() {
    let mut edge = person(&[Role::Owner]);
    edge.subject = Subject::Edge(EdgeId::generate());
    assert_eq!(reason(&QUEUES, Some(&edge)), "AUDIENCE_MISMATCH");
    let nobody = Policy {
        audience: &[],
        ..QUEUES
    };
    assert_eq!(
        reason(&nobody, Some(&person(&[Role::Owner]))),
        "AUDIENCE_MISMATCH"
    );
}

#[test]
fn what_is_not_declared_is_denied() {
    let silent = Policy {
        permission: 0,
        ..QUEUES
    };
    let unknown = Policy {
        permission: 999,
        ..QUEUES
    };
    let unscoped = Policy { scope: 0, ..QUEUES };
    let owner = person(&[Role::Owner]);
    assert_eq!(reason(&silent, Some(&owner)), "POLICY_MISSING");
    assert_eq!(reason(&unknown, Some(&owner)), "POLICY_MISSING");
    assert_eq!(
        reason(&unscoped, Some(&key(None, &[]))),
        "AUDIENCE_MISMATCH"
    );
}

#[test]
fn open_methods_take_anybody() {
    let open = Policy {
        audience: &[Audience::Open as i32],
        permission: 0,
        ..QUEUES
    };
    assert_eq!(reason(&open, None), "ok");
}

#[test]
fn a_supervisor_reaches_what_the_role_covers() {
    let queue = Covered::from(ids::QueueId::generate());
    let mut caller = person(&[Role::Supervisor]);
    caller.grants.covers = Covers::from_iter([queue]);
    assert_eq!(
        caller.reach(Permission::CallsRead),
        Reach::Groups(Covers::from_iter([queue]))
    );
    caller.grants.roles.push(Role::Admin);
    assert_eq!(caller.reach(Permission::CallsRead), Reach::Account);
}

#[test]
fn each_grant_reaches_what_it_covers_itself() {
    let (mine, listened) = (ids::QueueId::generate(), ids::QueueId::generate());
    let over = |queue: ids::QueueId| Covers::from_iter([Covered::from(queue)]);
    let mut caller = person(&[Role::Supervisor, Role::User]);
    caller.grants.covers = over(mine);
    caller.grants.limited = vec![Limited {
        permissions: vec![Permission::StatisticsRead],
        covers: over(listened),
    }];
    caller.grants.own = vec![Permission::QueuesManage];
    let Reach::Groups(statistics) = caller.reach(Permission::StatisticsRead) else {
        panic!("a supervisor's reach is what they cover");
    };
    assert!(statistics.has(mine) && statistics.has(listened));
    assert_eq!(
        caller.reach(Permission::CallsRead),
        Reach::Groups(over(mine)),
        "what one grant covers is nothing to another"
    );
    assert_eq!(caller.reach(Permission::QueuesManage), Reach::Own);
    assert_eq!(caller.reach(Permission::NumbersManage), Reach::None);
    // Outside of every account single permissions of people mean nothing either.
    caller.account = None;
    assert_eq!(caller.reach(Permission::StatisticsRead), Reach::None);
    assert_eq!(caller.reach(Permission::QueuesManage), Reach::None);
}
