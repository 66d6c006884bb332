//! Roles and grants.

use access::{Covered, MAX_COVERED, Role};
use api::identity::v1 as wire;
use fault::At;
use ids::{RoleId, UserId};

use super::{role::reach_to_wire, timestamp};
use crate::{
    app::access::{AnyGrant, Row},
    domain::{grant::Grant, role::CustomGrant},
};

/// One of the six roles, or one of the company's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::grpc) enum AnyRole {
    BuiltIn(Role),
    Custom(RoleId),
}

pub(in crate::grpc) fn any_to_wire(grant: &AnyGrant) -> wire::Grant {
    match grant {
        AnyGrant::BuiltIn(grant) => to_wire(grant),
        AnyGrant::Custom(grant) => custom_to_wire(grant),
    }
}

pub(in crate::grpc) fn to_wire(grant: &Grant) -> wire::Grant {
    wire::Grant {
        user_id: grant.user.to_string(),
        role: role_to_wire(grant.role).into(),
        group_ids: grant.covers.iter().map(ToString::to_string).collect(),
        granted_by: grant.granted_by.clone(),
        grant_time: timestamp(grant.granted),
        role_id: String::new(),
    }
}

pub(in crate::grpc) fn custom_to_wire(grant: &CustomGrant) -> wire::Grant {
    let covers = grant.covers.as_slice().iter();
    wire::Grant {
        user_id: grant.user.to_string(),
        role: wire::Role::Unspecified.into(),
        group_ids: covers.map(ToString::to_string).collect(),
        granted_by: grant.granted_by.clone(),
        grant_time: timestamp(grant.granted),
        role_id: grant.role.to_string(),
    }
}

/// Who is to get which role over what.
pub(in crate::grpc) fn grant(
    at: &mut At<'_>,
    grant: Option<wire::Grant>,
) -> Option<(UserId, AnyRole, Vec<Covered>)> {
    let grant = at.required("grant", grant)?;
    let mut at = at.at("grant");
    let user = at.parse("user_id", &grant.user_id);
    let role = any_role(&mut at, grant.role, &grant.role_id);
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
    let may_cover = matches!(
        role,
        None | Some(AnyRole::BuiltIn(Role::Supervisor) | AnyRole::Custom(_))
    );
    let supervises = may_cover || grant.group_ids.is_empty();
    let fits = at.must(
        supervises,
        "group_ids",
        "must be empty for every one of the six roles but SUPERVISOR",
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

/// The role that is meant: exactly one of the two fields.
pub(in crate::grpc) fn any_role(at: &mut At<'_>, role: i32, role_id: &str) -> Option<AnyRole> {
    if role_id.is_empty() {
        return self::role(at, role).map(AnyRole::BuiltIn);
    }
    let alone = at.must(
        role == i32::from(wire::Role::Unspecified),
        "role",
        "must not be set together with role_id",
    );
    let id = at.parse("role_id", role_id).map(AnyRole::Custom);
    id.filter(|_| alone)
}

fn role(at: &mut At<'_>, role: i32) -> Option<Role> {
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
        reach: reach_to_wire(*span).into(),
    });
    wire::AccessRow {
        method: row.policy.path.to_owned(),
        permission: row.policy.permission,
        audience: row.policy.audience.to_vec(),
        roles: roles.collect(),
        sensitive: row.policy.sensitive,
    }
}
