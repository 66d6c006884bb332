//! The six roles and what each may do: one table, printed by
//! `strowger access matrix`.
//!
//! Every person holds at least one role; grants add up. No role reaches
//! another person's private messages, so there is no permission for that.
//! Rows that are empty belong to machines, whose keys list single permissions.

use std::str::FromStr;

use api::access::v1::Permission::{self, *};

/// A named bundle of permissions. Ordered as in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Answers for the account; exactly one.
    Owner,
    /// Everything but the account's ownership.
    Admin,
    /// Sees the activity of the groups granted to them.
    Supervisor,
    /// Sees credits, bills and invoices.
    Accountant,
    /// Runs the phone system.
    Technical,
    /// Makes and takes calls.
    User,
}

/// How far a role's permission reaches. Ordered: wider is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// One's own data.
    Own,
    /// One's own data and the groups granted with the role.
    Groups,
    /// The account.
    Account,
}

/// Every role, in the order of the table's columns.
pub const ROLES: [Role; 6] = [
    Role::Owner,
    Role::Admin,
    Role::Supervisor,
    Role::Accountant,
    Role::Technical,
    Role::User,
];

const A: Option<Span> = Some(Span::Account);
const G: Option<Span> = Some(Span::Groups);
const O: Option<Span> = Some(Span::Own);
const N: Option<Span> = None;

/// Permission × role. Columns as in [`ROLES`]: owner, admin, supervisor,
/// accountant, technical, user.
pub const MATRIX: &[(Permission, [Option<Span>; 6])] = &[
    // Identity.
    (AccountsCreate, [N, N, N, N, N, N]),
    (AccountsSuspend, [N, N, N, N, N, N]),
    (RevocationsRead, [N, N, N, N, N, N]),
    (AccountRead, [A, A, N, A, A, N]),
    (AccountManage, [A, A, N, N, N, N]),
    (OwnershipTransfer, [A, N, N, N, N, N]),
    // Names and addresses of colleagues: whoever transfers a call needs them.
    (UsersRead, [A, A, A, A, A, A]),
    (UsersManage, [A, A, N, N, A, N]),
    (RolesRead, [A, A, N, N, A, N]),
    (RolesGrant, [A, A, N, N, N, N]),
    (RolesManage, [A, A, N, N, N, N]),
    (ServiceKeysManage, [A, A, N, N, A, N]),
    (SessionsOwn, [O, O, O, O, O, O]),
    (PasswordResetsDeliver, [N, N, N, N, N, N]),
    (SharingManage, [A, A, N, N, N, N]),
    (IdentitiesSplit, [A, A, N, N, A, N]),
    // Directory.
    (DirectoryRead, [A, A, G, N, A, O]),
    (ExtensionsManage, [A, A, N, N, A, O]),
    (NumbersManage, [A, A, N, N, A, N]),
    (RingGroupsManage, [A, A, N, N, A, N]),
    (QueuesManage, [A, A, N, N, A, N]),
    (MenusManage, [A, A, N, N, A, N]),
    (SchedulesManage, [A, A, N, N, A, N]),
    (PresencePoliciesManage, [A, A, N, N, A, O]),
    (PlansRead, [N, N, N, N, N, N]),
    // Presence.
    // What people are doing is the supervisors' to see: who runs the phone system does not need it.
    (PresenceRead, [A, A, G, O, O, O]),
    (PresenceOwn, [O, O, O, O, O, O]),
    (PresenceForce, [A, A, G, N, N, N]),
    (FloorManage, [N, N, N, N, N, N]),
    // Routing.
    (EdgeReport, [N, N, N, N, N, N]),
    (CallsRead, [A, A, G, O, O, O]),
    // Whoever runs the account may end any of its calls, or let an application do it.
    (CallsControl, [A, A, O, O, O, O]),
    (WaitingLinesRead, [A, A, G, N, N, O]),
    // Reporting.
    (CallRecordsRead, [A, A, G, O, O, O]),
    (StatisticsRead, [A, A, G, O, O, O]),
    (AuditRead, [A, A, N, N, A, N]),
];

/// How far `permission` reaches for somebody with `role`; `None` if not at all.
pub fn span(role: Role, permission: Permission) -> Option<Span> {
    let (_, row) = MATRIX.iter().find(|(row, _)| *row == permission)?;
    match role {
        Role::Owner => row[0],
        Role::Admin => row[1],
        Role::Supervisor => row[2],
        Role::Accountant => row[3],
        Role::Technical => row[4],
        Role::User => row[5],
    }
}

impl Role {
    /// The name in tokens, in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::Supervisor => "SUPERVISOR",
            Self::Accountant => "ACCOUNTANT",
            Self::Technical => "TECHNICAL",
            Self::User => "USER",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a role; roles are OWNER, ADMIN, SUPERVISOR, ACCOUNTANT, TECHNICAL, USER")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        ROLES
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_permission_has_exactly_one_row() {
        let rows: HashSet<Permission> = MATRIX.iter().map(|(row, _)| *row).collect();
        assert_eq!(rows.len(), MATRIX.len(), "a row stands twice");
        let declared: HashSet<Permission> = (1..1_000)
            .filter_map(|number| Permission::try_from(number).ok())
            .collect();
        assert_eq!(rows, declared);
    }

    #[test]
    fn an_admin_is_an_owner_who_cannot_give_the_account_away() {
        for (permission, row) in MATRIX.iter().copied() {
            if permission == OwnershipTransfer {
                assert_eq!((row[0], row[1]), (A, N));
            } else {
                assert_eq!(row[0], row[1], "{permission:?}");
            }
        }
    }

    #[test]
    fn only_supervisors_are_bound_to_groups() {
        for (permission, row) in MATRIX.iter().copied() {
            for (role, span) in ROLES.into_iter().zip(row) {
                if span == G {
                    assert_eq!(role, Role::Supervisor, "{permission:?}");
                }
            }
        }
    }

    #[test]
    fn names_round_trip() {
        for role in ROLES {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("owner".parse::<Role>(), Err(UnknownRole));
    }
}
