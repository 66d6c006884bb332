//! Roles of a company's own, and what can be in one.

use access::{
    Permission,
    roles::{self, Span},
};
use api::{access::v1::Scope, identity::v1 as wire};
use fault::At;
use ids::RoleId;
use prost_types::FieldMask;

use super::{Mask, etag, masked, timestamp};
use crate::{
    app::role::RoleEdit,
    domain::{
        line::Name,
        role::{CustomRole, InvalidReaches, Reaches, possible},
        service_key::Scopes,
    },
};

const EDITABLE: [&str; 2] = ["display_name", "permissions"];
/// More than there are permissions.
const MAX_PERMISSIONS: usize = 64;

pub(in crate::grpc) fn to_wire(role: &CustomRole) -> wire::CustomRole {
    let permissions = role.reaches.iter();
    let permissions = permissions.map(|(permission, span)| wire::RolePermission {
        permission: permission.into(),
        reach: reach_to_wire(span).into(),
    });
    wire::CustomRole {
        role_id: role.id.to_string(),
        display_name: role.name.to_string(),
        permissions: permissions.collect(),
        create_time: timestamp(role.created),
        update_time: timestamp(role.updated),
        etag: role.etag(),
    }
}

/// Every permission and what can be done with it, by number.
pub(in crate::grpc) fn permissions() -> Vec<wire::PermissionInfo> {
    let all = roles::MATRIX.iter().map(|(permission, _)| *permission);
    let infos = all.map(|permission| wire::PermissionInfo {
        permission: permission.into(),
        reaches: possible(permission)
            .into_iter()
            .map(|span| reach_to_wire(span).into())
            .collect(),
        service_keys: Scopes::new([permission]).is_ok(),
    });
    let mut infos: Vec<_> = infos.collect();
    infos.sort_by_key(|info| info.permission);
    infos
}

/// A role that somebody wants.
pub(in crate::grpc) fn new(
    at: &mut At<'_>,
    role: Option<wire::CustomRole>,
) -> Option<(Name, Reaches)> {
    let role = at.required("role", role)?;
    let mut at = at.at("role");
    let name = at.parse("display_name", &role.display_name);
    let reaches = reaches(&mut at, &role.permissions);
    Some((name?, reaches?))
}

/// Which role to edit, from which etag, and what the mask names.
pub(in crate::grpc) fn edit(
    at: &mut At<'_>,
    role: Option<wire::CustomRole>,
    mask: Option<&FieldMask>,
) -> Option<(RoleId, String, RoleEdit)> {
    let mask = Mask::read(at, mask, &EDITABLE);
    let role = at.required("role", role)?;
    let mut at = at.at("role");
    let id = at.parse("role_id", &role.role_id);
    let etag = etag(&mut at, role.etag);
    let mask = mask?;
    let name = masked(&mut at, &mask, "display_name", &role.display_name);
    let reaches = match mask.has("permissions") {
        true => reaches(&mut at, &role.permissions).map(Some),
        false => Some(None),
    };
    let edit = RoleEdit {
        name: name?,
        reaches: reaches?,
    };
    Some((id?, etag?, edit))
}

fn reaches(at: &mut At<'_>, permissions: &[wire::RolePermission]) -> Option<Reaches> {
    let few = at.must(
        permissions.len() <= MAX_PERMISSIONS,
        "permissions",
        format_args!("must be at most {MAX_PERMISSIONS}"),
    );
    if !few {
        return None;
    }
    let mut read = Vec::new();
    for (index, wanted) in permissions.iter().enumerate() {
        let mut at = at.index("permissions", index);
        let permission = Permission::try_from(wanted.permission).ok();
        let permission = permission.filter(|it| *it != Permission::Unspecified);
        at.must(permission.is_some(), "permission", "must be a permission");
        let reach = match wanted.reach() {
            Scope::Own => Some(Span::Own),
            Scope::Group => Some(Span::Groups),
            Scope::Account => Some(Span::Account),
            Scope::Unspecified | Scope::Platform => None,
        };
        at.must(reach.is_some(), "reach", "must be OWN, GROUP or ACCOUNT");
        read.push(permission.zip(reach));
    }
    let read: Vec<_> = read.into_iter().collect::<Option<_>>()?;
    match Reaches::new(read.iter().copied()) {
        Ok(reaches) => Some(reaches),
        Err(problem) => {
            let wrong = match problem {
                InvalidReaches::Empty => None,
                InvalidReaches::Twice(it) => read.iter().rposition(|(other, _)| *other == it),
                InvalidReaches::NotForRoles(it) => read
                    .iter()
                    .position(|(other, span)| *other == it && !possible(it).contains(span)),
            };
            match wrong {
                Some(index) => at.index("permissions", index).here(problem),
                None => at.field("permissions", problem),
            }
            None
        }
    }
}

/// How far, on the wire.
pub(in crate::grpc) fn reach_to_wire(span: Span) -> Scope {
    match span {
        Span::Own => Scope::Own,
        Span::Groups => Scope::Group,
        Span::Account => Scope::Account,
    }
}
