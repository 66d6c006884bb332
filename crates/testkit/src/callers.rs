use access::{
    AUDIENCE, Claims, Covered, ISSUER, KeySet, Kind, Permission, PublicKey, Role, Signer, Verifier,
};
use chrono::TimeDelta;
use clock::Clock;
use ids::{AccountId, EdgeId, ServiceKeyId, SessionId, UserId};

/// Stands in for identity: signs tokens that its [`Callers::verifier`] accepts.
#[derive(Debug, Clone)]
pub struct Callers {
    signer: Signer,
    clock: Clock,
}

impl Callers {
    /// With a new key and the system's clock.
    ///
    /// # Panics
    ///
    /// When the machine has no randomness.
    #[must_use]
    pub fn new() -> Self {
        Self::at(Clock::system())
    }

    /// With a new key; tokens are issued at the time of `clock`.
    ///
    /// # Panics
    ///
    /// When the machine has no randomness.
    #[must_use]
    pub fn at(clock: Clock) -> Self {
        let (signer, _) = Signer::generate("test").expect("the machine has randomness");
        Self { signer, clock }
    }

    /// With a key that somebody trusts already.
    #[must_use]
    pub fn signing_with(signer: Signer) -> Self {
        Self {
            signer,
            clock: Clock::system(),
        }
    }

    /// The key to verify the tokens with.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    /// What a service verifies them with.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier::new(self.clock.clone(), KeySet::new([self.public_key()]))
    }

    /// A person of this account, with the role of a plain user.
    #[must_use]
    pub fn person(&self, account: AccountId) -> Person {
        Person {
            callers: self.clone(),
            account,
            user: UserId::generate(),
            session: SessionId::generate(),
            roles: vec![Role::User],
            covers: Vec::new(),
            lives: TimeDelta::minutes(5),
        }
    }

    /// The token of a service key of an account; of the platform without one.
    #[must_use]
    pub fn service(&self, account: Option<AccountId>, permissions: &[Permission]) -> String {
        let mut claims = self.claims(Kind::Service, ServiceKeyId::generate().to_string());
        claims.acc = account;
        claims.perms = names(permissions);
        self.sign(&claims)
    }

    /// The token of a telephony edge of the platform.
    #[must_use]
    pub fn edge(&self, edge: EdgeId, permissions: &[Permission]) -> String {
        let mut claims = self.claims(Kind::Edge, edge.to_string());
        claims.perms = names(permissions);
        self.sign(&claims)
    }

    /// Signs any claims, also wrong ones.
    ///
    /// # Panics
    ///
    /// When they have no JSON form.
    #[must_use]
    pub fn sign(&self, claims: &Claims) -> String {
        self.signer.sign(claims).expect("claims have a JSON form")
    }

    /// Valid claims of somebody with no rights, for five minutes.
    #[must_use]
    pub fn claims(&self, kind: Kind, subject: String) -> Claims {
        let now = self.clock.now();
        Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: subject,
            acc: None,
            sid: None,
            kind,
            roles: Vec::new(),
            perms: Vec::new(),
            own: Vec::new(),
            covers: Vec::new(),
            limited: Vec::new(),
            tp: None,
            generations: access::Generations::default(),
            iat: now.timestamp(),
            nbf: None,
            exp: (now + TimeDelta::minutes(5)).timestamp(),
            jti: uuid::Uuid::new_v4().simple().to_string(),
        }
    }
}

impl Default for Callers {
    fn default() -> Self {
        Self::new()
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    callers: Callers,
    /// Their company.
    pub account: AccountId,
    /// Who they are.
    pub user: UserId,
    /// Their sign-in.
    pub session: SessionId,
    roles: Vec<Role>,
    covers: Vec<String>,
    lives: TimeDelta,
}

impl Person {
    /// With exactly these roles.
    #[must_use]
    pub fn with_roles(mut self, roles: &[Role]) -> Self {
        self.roles = roles.to_vec();
        self
    }

    /// As a supervisor of these queues, ring groups, menus or groups.
    #[must_use]
    pub fn supervising<C: Into<Covered> + Copy>(mut self, covers: &[C]) -> Self {
        self.roles = vec![Role::Supervisor];
        let covers = covers.iter().map(|covered| (*covered).into().to_string());
        self.covers = covers.collect();
        self
    }

    /// As this person, known from elsewhere.
    #[must_use]
    pub fn named(mut self, user: UserId) -> Self {
        self.user = user;
        self
    }

    /// With tokens that live this long; a negative time makes expired ones.
    #[must_use]
    pub fn living(mut self, lives: TimeDelta) -> Self {
        self.lives = lives;
        self
    }

    /// A token of theirs.
    #[must_use]
    pub fn token(&self) -> String {
        let mut claims = self.callers.claims(Kind::Person, self.user.to_string());
        claims.acc = Some(self.account);
        claims.sid = Some(self.session);
        claims.roles = self
            .roles
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect();
        claims.covers.clone_from(&self.covers);
        claims.exp = claims.iat + self.lives.num_seconds();
        self.callers.sign(&claims)
    }
}

/// `PERMISSION_QUEUES_MANAGE` travels as `QUEUES_MANAGE`.
fn names(permissions: &[Permission]) -> Vec<String> {
    permissions
        .iter()
        .map(|permission| {
            permission
                .as_str_name()
                .trim_start_matches("PERMISSION_")
                .to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use access::{Reach, Subject};

    use super::*;

    #[test]
    fn a_person_is_who_they_were_built_to_be() {
        let callers = Callers::new();
        let account = AccountId::generate();
        let admin = callers.person(account).with_roles(&[Role::Admin]);
        let caller = callers.verifier().verify(&admin.token()).unwrap();
        assert_eq!(caller.account, Some(account));
        assert_eq!(caller.subject, Subject::User(admin.user));
        assert_eq!(caller.reach(Permission::AccountRead), Reach::Account);
    }

    #[test]
    fn an_expired_person_is_refused() {
        let callers = Callers::new();
        let late = callers
            .person(AccountId::generate())
            .living(TimeDelta::minutes(-5));
        assert!(callers.verifier().verify(&late.token()).is_err());
    }

    #[test]
    fn a_platform_key_has_no_account() {
        let callers = Callers::new();
        let token = callers.service(None, &[Permission::AccountsCreate]);
        let caller = callers.verifier().verify(&token).unwrap();
        assert!(caller.is_platform());
        assert_eq!(caller.reach(Permission::AccountsCreate), Reach::Platform);
    }

    #[test]
    fn a_stranger_to_the_key_is_refused() {
        let token = Callers::new().person(AccountId::generate()).token();
        assert!(Callers::new().verifier().verify(&token).is_err());
    }
}
