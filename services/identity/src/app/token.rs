//! Access tokens: what is said in them.

use std::collections::BTreeSet;

use access::{
    AUDIENCE, Claims, Generations, ISSUER, Kind, LimitedClaim, Permission, permission, roles::Span,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use crate::{
    domain::{
        grant::Holding,
        platform_key::{PlatformKey, PlatformKind},
        role::{CustomGrant, Reaches},
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
    /// A token for the person behind `session`, with what they hold now. Roles of the company's
    /// own are spelled out in it: nobody who verifies it has to ask what they mean today.
    /// `generations` were read before the holding, in the same transaction.
    pub(super) fn token_of_person(
        &self,
        session: &Session,
        generations: Generations,
        holding: &Holding,
    ) -> Result<AccessToken, Error> {
        let mut claims = self.claims(
            session.user.to_string(),
            Kind::Person,
            self.tokens.access_life(),
        )?;
        claims.acc = Some(session.account);
        claims.sid = Some(session.id);
        claims.generations = generations;
        let roles = holding.roles();
        claims.roles = roles.as_slice().iter().map(ToString::to_string).collect();
        let covers = holding.built_in.iter().flat_map(|grant| &grant.covers);
        claims.covers = covers.map(ToString::to_string).collect();
        let reaching = |span| {
            let custom = holding.custom.iter();
            let all: BTreeSet<&str> = custom
                .flat_map(|(_, reaches)| reaches.reaching(span))
                .map(permission::name)
                .collect();
            all.into_iter().map(str::to_owned).collect()
        };
        claims.perms = reaching(Span::Account);
        claims.own = reaching(Span::Own);
        let bound = holding.custom.iter().filter(|(_, role)| role.is_bound());
        claims.limited = bound.map(|(grant, role)| limited(grant, role)).collect();
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
            own: Vec::new(),
            covers: Vec::new(),
            limited: Vec::new(),
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

fn limited(grant: &CustomGrant, role: &Reaches) -> LimitedClaim {
    let perms = role.reaching(Span::Groups).map(permission::name);
    let covers = grant.covers.as_slice().iter();
    LimitedClaim {
        perms: perms.map(str::to_owned).collect(),
        covers: covers.map(ToString::to_string).collect(),
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
