//! Access tokens: what is said in them.

use access::{AUDIENCE, Claims, Generations, ISSUER, Kind, Permission, permission};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use ids::GroupId;

use super::App;
use crate::{
    domain::{
        grant::{Covered, Grant, Roles},
        platform_key::{PlatformKey, PlatformKind},
        service_key::ServiceKey,
        session::Session,
    },
    error::Error,
};

/// A signed access token.
#[derive(Clone)]
pub struct AccessToken {
    /// What the client sends.
    pub text: String,
    /// When it ends.
    pub expires: DateTime<Utc>,
}

impl App {
    /// A token for the person behind `session`, who holds `grants`. `generations` were read
    /// before them, in the same transaction.
    pub(super) fn token_of_person(
        &self,
        session: &Session,
        generations: Generations,
        grants: &[Grant],
    ) -> Result<AccessToken, Error> {
        let roles = Roles::new(grants.iter().map(|grant| grant.role));
        let mut claims = self.claims(
            session.user.to_string(),
            Kind::Person,
            self.tokens.access_life(),
        )?;
        claims.acc = Some(session.account);
        claims.sid = Some(session.id);
        claims.generations = generations;
        claims.roles = roles.as_slice().iter().map(ToString::to_string).collect();
        claims.groups = grants
            .iter()
            .flat_map(|grant| &grant.covers)
            .filter_map(group)
            .collect();
        claims.tp = Some(session.traceparent.clone()).filter(|traceparent| !traceparent.is_empty());
        self.sign(claims)
    }

    /// A token for a key of the platform, which belongs to no account.
    pub(super) fn token_of_platform(&self, key: &PlatformKey) -> Result<AccessToken, Error> {
        let (subject, kind) = match key.kind {
            PlatformKind::Service => (key.service_id().to_string(), Kind::Service),
            PlatformKind::Edge => (key.edge_id().to_string(), Kind::Edge),
        };
        let mut claims = self.claims(subject, kind, self.tokens.service_life())?;
        claims.perms = key
            .permissions
            .iter()
            .map(|permission| permission::name(*permission).to_owned())
            .collect();
        let exchange = telemetry::propagation::current();
        claims.tp = Some(exchange).filter(|traceparent| !traceparent.is_empty());
        self.sign(claims)
    }

    /// A token for a service key of an account. It does not outlive the key. `generations` were
    /// read before it, in the same transaction.
    pub(super) fn token_of_key(
        &self,
        key: &ServiceKey,
        generations: Generations,
    ) -> Result<AccessToken, Error> {
        let left = key.expires - self.clock.now();
        let life = self.tokens.service_life().min(left);
        let mut claims = self.claims(key.id.to_string(), Kind::Service, life)?;
        claims.acc = Some(key.account);
        claims.generations = generations;
        // Everybody may ask what they themselves may.
        let scopes = key.scopes.as_slice().iter().copied();
        claims.perms = scopes
            .chain([Permission::SessionsOwn])
            .map(|permission| permission::name(permission).to_owned())
            .collect();
        let exchange = telemetry::propagation::current();
        claims.tp = Some(exchange).filter(|traceparent| !traceparent.is_empty());
        self.sign(claims)
    }

    fn claims(&self, sub: String, kind: Kind, life: TimeDelta) -> Result<Claims, Error> {
        let now = self.clock.now();
        Ok(Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub,
            acc: None,
            sid: None,
            kind,
            roles: Vec::new(),
            perms: Vec::new(),
            groups: Vec::new(),
            tp: None,
            generations: Generations::default(),
            iat: now.timestamp(),
            nbf: None,
            exp: (now + life).timestamp(),
            jti: BASE64.encode(&self.vault.secret()?[..16]),
        })
    }

    fn sign(&self, claims: Claims) -> Result<AccessToken, Error> {
        let expires = DateTime::from_timestamp(claims.exp, 0).unwrap_or_default();
        let text = self.keyring.sign(&claims, self.clock.now())?;
        Ok(AccessToken { text, expires })
    }
}

/// Names the end, never the token.
impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

fn group(covered: &Covered) -> Option<GroupId> {
    match covered {
        Covered::Group(id) => Some(*id),
        Covered::Queue(_) | Covered::RingGroup(_) | Covered::Menu(_) => None,
    }
}
