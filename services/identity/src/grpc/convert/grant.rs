//! Roles and grants.

use access::{Role, roles::Span};
use api::{access::v1::Scope, identity::v1 as wire};
use fault::At;
use ids::UserId;

use super::timestamp;
use crate::{
    app::access::Row,
    domain::grant::{Covered, Grant},
};

/// More than this nobody supervises.
const MAX_COVERED: usize = 200;

pub(in crate::grpc) fn to_wire(grant: &Grant) -> wire::Grant {
    wire::Grant {
        user_id: grant.user.to_string(),
        role: role_to_wire(grant.role).into(),
        group_ids: grant.covers.iter().map(ToString::to_string).collect(),
        granted_by: grant.granted_by.clone(),
        grant_time: timestamp(grant.granted),
    }
}

/// Who is to get which role over what.
pub(in crate::grpc) fn grant(
    at: &mut At<'_>,
    grant: Option<wire::Grant>,
) -> Option<(UserId, Role, Vec<Covered>)> {
    let grant = at.required("grant", grant)?;
    let mut at = at.at("grant");
    let user = at.parse("user_id", &grant.user_id);
    let role = role(&mut at, grant.role);
    let few = at.must(
        grant.group_ids.len() <= MAX_COVERED,
        "group_ids",
        format_args!("must be at most {MAX_COVERED}"),
    );
    let mut covers = Vec::new();
    for (index, id) in grant.group_ids.iter().take(MAX_COVERED).enumerate() {
        covers.push(at.index("group_ids", index).accept_here(id.parse()));
    }
    let covers: Option<Vec<Covered>> = covers.into_iter().collect();
    let supervises = matches!(role, None | Some(Role::Supervisor)) || grant.group_ids.is_empty();
    let fits = at.must(
        supervises,
        "group_ids",
        "must be empty for every role but SUPERVISOR",
    );
    match few && fits {
        true => Some((user?, role?, covers?)),
        false => None,
    }
}

/// Reports the element itself.
trait AcceptHere {
    fn accept_here<T, E: std::fmt::Display>(&mut self, converted: Result<T, E>) -> Option<T>;
}

impl AcceptHere for At<'_> {
    fn accept_here<T, E: std::fmt::Display>(&mut self, converted: Result<T, E>) -> Option<T> {
        converted.map_err(|error| self.here(error)).ok()
    }
}

pub(in crate::grpc) fn role(at: &mut At<'_>, role: i32) -> Option<Role> {
    let known = known_role(role);
    at.must(known.is_some(), "role", "must be a role");
    known
}

pub(in crate::grpc) fn known_role(role: i32) -> Option<Role> {
    match wire::Role::try_from(role).unwrap_or_default() {
        wire::Role::Unspecified => None,
        wire::Role::Owner => Some(Role::Owner),
        wire::Role::Admin => Some(Role::Admin),
        wire::Role::Supervisor => Some(Role::Supervisor),
        wire::Role::Accountant => Some(Role::Accountant),
        wire::Role::Technical => Some(Role::Technical),
        wire::Role::User => Some(Role::User),
    }
}

pub(in crate::grpc) fn role_to_wire(role: Role) -> wire::Role {
    match role {
        Role::Owner => wire::Role::Owner,
        Role::Admin => wire::Role::Admin,
        Role::Supervisor => wire::Role::Supervisor,
        Role::Accountant => wire::Role::Accountant,
        Role::Technical => wire::Role::Technical,
        Role::User => wire::Role::User,
    }
}

pub(in crate::grpc) fn row_to_wire(row: &Row) -> wire::AccessRow {
    let roles = row.roles.iter().map(|(role, span)| wire::RoleReach {
        role: role_to_wire(*role).into(),
        reach: match span {
            Span::Own => Scope::Own,
            Span::Groups => Scope::Group,
            Span::Account => Scope::Account,
        }
        .into(),
    });
    wire::AccessRow {
        method: row.policy.path.to_owned(),
        permission: row.policy.permission,
        audience: row.policy.audience.to_vec(),
        roles: roles.collect(),
        sensitive: row.policy.sensitive,
    }
}
