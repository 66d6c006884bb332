//! The step between a right password and the tokens.

use ::store::Transaction;
use chrono::{DateTime, Utc};
use ids::{ChallengeId, UserId};
use zeroize::Zeroizing;

use super::{
    App,
    audit::Change,
    auth::{Entry, SignedIn},
    caller::Origin,
};
use crate::{
    domain::{
        bearer::{ChallengeToken, DeviceToken},
        challenge::{Challenge, ChallengeInvalid},
        recovery::RecoveryCode,
        session::Chain as _,
        totp::Enrolment,
        user::{User, UserState},
    },
    error::Error,
    store,
};

/// What somebody gets whose password was right.
#[derive(Debug)]
pub struct Challenged {
    /// To come back with.
    pub token: Zeroizing<String>,
    /// Until when.
    pub expires: DateTime<Utc>,
    /// What to set up first, for somebody who must have a factor and has none.
    pub enrolment: Option<Enrolment>,
}

/// Somebody who comes back.
#[derive(Debug)]
pub struct Answer {
    /// Of the challenge.
    pub token: Zeroizing<String>,
    /// Of the factor.
    pub code: Zeroizing<String>,
    /// Where they come from, truncated.
    pub network: String,
    /// What this device kept from the last time; empty on a new one.
    pub device_token: String,
    /// Whether to end the person's other sessions where only one is allowed.
    pub take_over: bool,
}

/// Somebody who passed.
#[derive(Debug)]
pub struct Verified {
    /// Their session.
    pub signed_in: SignedIn,
    /// After an enrolment.
    pub recovery_codes: Vec<RecoveryCode>,
}

impl App {
    /// The challenge for somebody whose password is right, unless they need none.
    pub(super) async fn challenge(
        &self,
        tx: &Transaction,
        user: &User,
        entry: &Entry,
    ) -> Result<Option<Challenged>, Error> {
        let account = user.account;
        let company = store::account::find(tx, account)
            .await?
            .ok_or(Error::Credentials)?;
        let factor = store::totp_factor::find(tx, account, user.id).await?;
        let (step, sealed, enrolment) = match factor {
            Some(_) => ("CODE", None, None),
            None if self.demands_factor(tx, &company, user.id).await? => {
                let (sealed, enrolment) = self.new_authenticator(user)?;
                ("ENROLMENT", Some(sealed), Some(enrolment))
            }
            None => return Ok(None),
        };
        let secret = self.vault.secret()?;
        let challenge = Challenge::new(
            account,
            ChallengeId::generate(),
            user.id,
            self.vault.digest(&secret),
            entry.label.clone(),
            sealed,
            self.clock.now(),
        );
        store::challenge::insert(tx, &challenge).await?;
        Change::new("session.challenged", user.id)
            .field("client_label", "", &entry.label)
            .field("new_device", false, entry.device.is_none())
            .field("step", "", step)
            .record(tx, account, &entry.origin)
            .await?;
        let token = ChallengeToken {
            account,
            challenge: challenge.id,
            secret,
        };
        Ok(Some(Challenged {
            token: Zeroizing::new(token.encode()),
            expires: challenge.expires,
            enrolment,
        }))
    }

    /// A challenge and a code for a session.
    pub async fn verify_factor(&self, answer: Answer) -> Result<Verified, Error> {
        self.keyring.check()?;
        let door = Self::guess_buckets(&answer.network);
        self.admit(&door).await?;
        let token = ChallengeToken::decode(&answer.token).ok_or(ChallengeInvalid)?;
        let digest = self.vault.digest(&token.secret);
        let user = self
            .store
            .tenant_transaction(token.account, async |tx| {
                let challenge = store::challenge::find(&tx, token.account, token.challenge)
                    .await?
                    .ok_or(ChallengeInvalid)?;
                challenge.present(&digest, self.clock.now())?;
                Ok::<_, Error>(challenge.user)
            })
            .await?;
        // Whoever holds a good token does not guess at tokens; their codes are counted next.
        self.forgive(&door).await;
        let device = self.known_device(&answer.device_token, user);
        let buckets = Self::factor_buckets(user, device.as_ref(), &answer.network);
        self.admit(&buckets).await?;
        let verified = self
            .store
            .tenant_transaction(token.account, async |tx| {
                let device = device.clone();
                self.answer_challenge(&tx, &token, user, device, &answer)
                    .await
            })
            .await;
        if matches!(&verified, Ok(Some(_)) | Err(Error::SessionElsewhere(_))) {
            self.forgive(&buckets).await;
        }
        verified?.ok_or(Error::Factor)
    }

    /// `None` is a wrong code, which is to be committed.
    async fn answer_challenge(
        &self,
        tx: &Transaction,
        token: &ChallengeToken,
        user: UserId,
        device: Option<DeviceToken>,
        answer: &Answer,
    ) -> Result<Option<Verified>, Error> {
        let (account, now) = (token.account, self.clock.now());
        // In this order everywhere: person, challenge, factor.
        let user = store::user::hold(tx, account, user)
            .await?
            .filter(|user| user.state == UserState::Active)
            .ok_or(ChallengeInvalid)?;
        let challenge = store::challenge::lock(tx, account, token.challenge)
            .await?
            .ok_or(ChallengeInvalid)?;
        challenge.present(&self.vault.digest(&token.secret), now)?;
        if self.welcome(tx, account, user.id).await?.is_none() {
            return Err(ChallengeInvalid.into());
        }
        let origin = Origin {
            actor: user.id.to_string(),
            network: answer.network.clone(),
            part_of: None,
        };
        let codes = match &challenge.enrolment {
            Some(sealed) => {
                self.put_in_force(tx, account, user.id, sealed, &answer.code, &origin)
                    .await?
            }
            None => self
                .spend_code(tx, account, user.id, &answer.code, &origin)
                .await?
                .then(Vec::new),
        };
        let Some(recovery_codes) = codes else {
            store::challenge::update(tx, &challenge.miss(now)).await?;
            let nobody = Origin {
                actor: String::new(),
                ..origin
            };
            Change::new("session.refused", user.id)
                .refused("FACTOR_REJECTED")
                .record(tx, account, &nobody)
                .await?;
            return Ok(None);
        };
        let entry = Entry {
            label: challenge.label.clone(),
            origin,
            device,
            take_over: answer.take_over,
        };
        store::challenge::update(tx, &challenge.pass(now)).await?;
        let signed_in = self.begin_session(tx, user, &entry).await?;
        Ok(Some(Verified {
            signed_in,
            recovery_codes,
        }))
    }
}
