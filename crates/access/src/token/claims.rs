use api::access::v1::Permission;
use chrono::DateTime;
use ids::{AccountId, SessionId};
use serde::{Deserialize, Serialize};

use super::rejected::Rejected;
use crate::caller::{Caller, Grants, Limited, Subject};
use crate::covered::Covers;
use crate::permission;
use crate::revocation::Generations;

/// Who signs access tokens.
pub const ISSUER: &str = "strowger-identity";
/// Whom they are for: every service of the mesh.
pub const AUDIENCE: &str = "strowger";
/// `typ` of the header (RFC 9068): a refresh or any other token is not it.
pub(crate) const TYPE: &str = "at+jwt";

/// What an access token says. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// [`ISSUER`].
    pub iss: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// Who acts: `usr_…`, `key_…` or `edg_…`, as `kind` says.
    pub sub: String,
    /// The tenant; absent in platform keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acc: Option<AccountId>,
    /// The sign-in behind a person's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// What kind of caller this is.
    pub kind: Kind,
    /// Names of roles. Unknown ones grant nothing, so that identity may learn
    /// a role before every service does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Names of single permissions over the account (`QUEUES_MANAGE`); unknown
    /// ones grant nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub perms: Vec<String>,
    /// Names of single permissions over one's own data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<String>,
    /// What the role SUPERVISOR covers: `que_…`, `rgr_…`, `men_…`, `grp_…`.
    /// Unknown kinds cover nothing. All lists of this kind in a token have at
    /// most [`MAX_COVERED`](crate::MAX_COVERED) ids together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// Single permissions over some things and no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limited: Vec<LimitedClaim>,
    /// `traceparent` of the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tp: Option<String>,
    /// How often tokens like this one had been recalled when it was made;
    /// absent means never.
    #[serde(rename = "gen", default, skip_serializing_if = "Generations::is_first")]
    pub generations: Generations,
    /// Issued at.
    pub iat: i64,
    /// Not before; absent means from `iat` on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Ends at.
    pub exp: i64,
    /// Unique per token.
    pub jti: String,
}

/// Permissions over some things and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitedClaim {
    /// Names of permissions.
    pub perms: Vec<String>,
    /// What they reach.
    pub covers: Vec<String>,
}

/// The kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A signed-in person; `sub` is a `usr_…`.
    Person,
    /// A service with a key; `sub` is a `key_…`.
    Service,
    /// A telephony edge; `sub` is an `edg_…`.
    Edge,
}

impl Claims {
    /// The caller behind these claims. Only the verifier calls it, after the
    /// signature was checked.
    pub(crate) fn into_caller(self) -> Result<Caller, Rejected> {
        let malformed = |_| Rejected::Malformed;
        let subject = match self.kind {
            Kind::Person => Subject::User(self.sub.parse().map_err(malformed)?),
            Kind::Service => Subject::Service(self.sub.parse().map_err(malformed)?),
            Kind::Edge => Subject::Edge(self.sub.parse().map_err(malformed)?),
        };
        // A person without an account would pass for the platform itself.
        if matches!(subject, Subject::User(_)) && self.acc.is_none() {
            return Err(Rejected::Malformed);
        }
        let limited = self.limited.iter().map(|limited| Limited {
            permissions: permissions(&limited.perms),
            covers: covers(&limited.covers),
        });
        Ok(Caller {
            account: self.acc,
            subject,
            session: self.sid,
            grants: Grants {
                roles: self
                    .roles
                    .iter()
                    .filter_map(|role| role.parse().ok())
                    .collect(),
                permissions: permissions(&self.perms),
                own: permissions(&self.own),
                covers: covers(&self.covers),
                limited: limited.collect(),
            },
            signed_in: self.tp,
            generations: self.generations,
            issued: DateTime::from_timestamp(self.iat, 0).ok_or(Rejected::Malformed)?,
            expires: DateTime::from_timestamp(self.exp, 0).ok_or(Rejected::Malformed)?,
        })
    }
}

fn permissions(names: &[String]) -> Vec<Permission> {
    names
        .iter()
        .filter_map(|name| permission::named(name))
        .collect()
}

fn covers(ids: &[String]) -> Covers {
    ids.iter().filter_map(|id| id.parse().ok()).collect()
}
