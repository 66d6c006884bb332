//! Which method is being called, and what it demands.

use api::policy::{self, Policy};
use http::Request;

/// Methods that every server has and that no policy governs. They show nothing
/// of a tenant: whether the process is well, and what its protos say.
const EXEMPT: [&str; 5] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/List",
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// Where policies are looked up.
#[derive(Debug, Clone, Copy)]
pub enum Policies {
    /// The table made from `proto/`.
    Declared,
    /// A table of a test's own, any order.
    Table(&'static [Policy]),
}

impl Policies {
    /// The policy of exactly this path. `//`, `%2F` and another case are other
    /// paths, and have none.
    pub fn lookup(self, path: &str) -> Option<&'static Policy> {
        match self {
            Self::Declared => policy::lookup(path),
            Self::Table(table) => table.iter().find(|policy| policy.path == path),
        }
    }
}

/// The method of one request, found once by the outermost layer.
#[derive(Debug, Clone, Copy)]
pub enum Method {
    /// Has a policy.
    Governed(&'static Policy),
    /// Health and reflection.
    Exempt,
    /// Anything else: denied.
    Unknown,
}

impl Method {
    pub(crate) fn find(policies: Policies, path: &str) -> Self {
        match policies.lookup(path) {
            Some(policy) => Self::Governed(policy),
            None if EXEMPT.contains(&path) => Self::Exempt,
            None => Self::Unknown,
        }
    }

    /// The method of a request that came through the layers; `Unknown` if it
    /// did not, so that a wrong order denies.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        request.extensions().get().copied().unwrap_or(Self::Unknown)
    }

    /// Its policy, if it has one.
    pub fn policy(self) -> Option<&'static Policy> {
        match self {
            Self::Governed(policy) => Some(policy),
            Self::Exempt | Self::Unknown => None,
        }
    }

    /// `package.Service/Method` for spans and metrics. Unknown paths share one
    /// name: they are chosen by strangers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Governed(policy) => policy.path.trim_start_matches('/'),
            Self::Exempt => "exempt",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn streams(self) -> bool {
        self.policy().is_some_and(|policy| policy.server_streaming)
    }
}
