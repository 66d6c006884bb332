//! The method policies, as declared by the `policy` option in `proto/`.

use core::time::Duration;

use crate::access::v1::{Audience, Permission, Scope};

/// What one method demands of its callers and grants them.
///
/// Enum fields hold the numbers of the proto; the accessors turn them into
/// `access.v1` enums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `/package.Service/Method`, as in the HTTP/2 `:path`.
    pub path: &'static str,
    /// Number of the [`Permission`].
    pub permission: i32,
    /// Number of the [`Scope`].
    pub scope: i32,
    /// Numbers of the [`Audience`]s.
    pub audience: &'static [i32],
    /// Whether a client may repeat the call after a lost answer.
    pub idempotent: bool,
    /// Whether a replica that does not know which tokens are revoked refuses it.
    pub sensitive: bool,
    /// The longest the call may take; `None` on long server streams only.
    pub deadline: Option<Duration>,
    /// The largest encoded request message, in bytes.
    pub max_request_bytes: usize,
    /// Whether the answer is a stream.
    pub server_streaming: bool,
    /// Whether the request is a stream.
    pub client_streaming: bool,
}

impl Policy {
    /// The right the caller must hold; `Unspecified` for open methods.
    pub fn permission(&self) -> Permission {
        Permission::try_from(self.permission).unwrap_or(Permission::Unspecified)
    }

    /// The widest data the method can touch.
    pub fn scope(&self) -> Scope {
        Scope::try_from(self.scope).unwrap_or(Scope::Unspecified)
    }

    /// Whether this kind of caller may call at all.
    pub fn admits(&self, audience: Audience) -> bool {
        self.audience.contains(&(audience as i32))
    }

    /// Whether the method needs no token.
    pub fn is_open(&self) -> bool {
        self.admits(Audience::Open)
    }
}

/// Every declared policy of the mesh, sorted by path.
pub static TABLE: &[Policy] = include!(concat!(env!("OUT_DIR"), "/policy_table.rs"));

/// The policy of a method, by its exact path; `None` means denied.
pub fn lookup(path: &str) -> Option<&'static Policy> {
    TABLE
        .binary_search_by_key(&path, |policy| policy.path)
        .ok()
        .map(|index| &TABLE[index])
}
