//! Names of permissions as tokens, settings, tables and people have them: `QUEUES_MANAGE`, without
//! the prefix of the proto.

use api::access::v1::Permission;

const PREFIX: &str = "PERMISSION_";

/// The short name.
pub fn name(permission: Permission) -> &'static str {
    let name = permission.as_str_name();
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// The permission with this short name; none has the name `UNSPECIFIED`.
pub fn named(name: &str) -> Option<Permission> {
    Permission::from_str_name(&format!("{PREFIX}{name}"))
        .filter(|permission| *permission != Permission::Unspecified)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (permission, _) in crate::roles::MATRIX {
            assert_eq!(named(name(*permission)), Some(*permission));
        }
        for other in ["", "UNSPECIFIED", "PERMISSION_USERS_READ", "users_read"] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
