//! What routing asks for.

use std::time::Duration;

use ids::{AccountId, CallId, LegId, QueueId, UserId};
use live::Partition;
use sha2::{Digest, Sha256};

use super::App;
use crate::{
    domain::{Outcome, Pass, Token},
    error::Error,
    live::{Claim, Fate, OfferTo, Reserved},
};

impl App {
    /// Chooses the best free person of a queue and holds them for a call.
    pub async fn reserve(
        &self,
        account: AccountId,
        operation: &str,
        target: (QueueId, CallId),
        lease: Duration,
        avoid: &[UserId],
    ) -> Result<Reserved, Error> {
        let draw = lot(operation);
        let reserved = self
            .prepared(account, || {
                self.0
                    .store
                    .reserve(account, operation, target, lease, draw, avoid)
            })
            .await?;
        if let Some(placed) = &reserved.placed {
            self.saw(account, placed.token);
        }
        Ok(reserved)
    }

    /// Offers a call to named people.
    pub async fn offer(
        &self,
        account: AccountId,
        operation: &str,
        call: CallId,
        to: OfferTo<'_>,
    ) -> Result<Vec<Outcome>, Error> {
        let strict = self
            .prepared(account, || {
                self.0.store.offer(account, operation, call, to, true)
            })
            .await;
        let outcomes = match strict {
            // The plan does not know them either: say so of them and go on with the others.
            Err(Error::PersonUnknown) => {
                self.prepared(account, || {
                    self.0.store.offer(account, operation, call, to, false)
                })
                .await?
            }
            answer => answer?,
        };
        for outcome in &outcomes {
            if let Outcome::Placed(placed) = outcome {
                self.saw(account, placed.token);
            }
        }
        Ok(outcomes)
    }

    /// A person takes a call. Returns the new token and the calls that no longer ring them.
    pub async fn answer(
        &self,
        account: AccountId,
        operation: &str,
        claim: Claim,
        leg: LegId,
        losers: &[UserId],
        lease: Duration,
    ) -> Result<(Token, Vec<CallId>), Error> {
        let answer = self
            .prepared(account, || {
                self.0
                    .store
                    .answer(account, operation, claim, leg, losers, lease)
            })
            .await?;
        self.saw(account, answer.0);
        Ok(answer)
    }

    /// A person lets an offer pass. Returns whether they are not responding now.
    pub async fn decline(
        &self,
        account: AccountId,
        operation: &str,
        claim: Claim,
        pass: Pass,
        max_misses: u32,
    ) -> Result<bool, Error> {
        self.0
            .store
            .decline(account, operation, claim, pass, max_misses)
            .await
    }

    /// A call takes its offers back.
    pub async fn withdraw(
        &self,
        account: AccountId,
        operation: &str,
        call: CallId,
        people: &[UserId],
    ) -> Result<(), Error> {
        self.0
            .store
            .withdraw(account, operation, call, people)
            .await?;
        Ok(())
    }

    /// The locks of live calls stand for another lease. Returns those that are lost.
    pub async fn renew(
        &self,
        account: AccountId,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<Claim>, Error> {
        let mut fates = self.0.store.renew(account, claims, lease).await?;
        // Redis may have lost the people as well as their locks: bring them back and ask again.
        if fates.contains(&Fate::Lost) && self.0.store.applied_plan(account).await? == 0 {
            self.0.rosters.catch_up(account).await?;
            fates = self.0.store.renew(account, claims, lease).await?;
        }
        let mut lost = Vec::new();
        for (claim, fate) in claims.iter().zip(fates) {
            match fate {
                Fate::Held => self.saw(account, claim.token),
                Fate::Lost => lost.push(*claim),
                Fate::Restored => {
                    self.saw(account, claim.token);
                    tracing::warn!(person = %claim.person, call = %claim.call, "a lost lock is back");
                }
                Fate::Won(loser) => {
                    self.saw(account, claim.token);
                    tracing::error!(
                        person = %claim.person, call = %claim.call, %loser,
                        "lock conflict: redis had lost a write and the person was granted twice"
                    );
                }
            }
        }
        Ok(lost)
    }

    /// A person's call has ended.
    pub async fn release(
        &self,
        account: AccountId,
        claim: Claim,
        wrap_up: Duration,
        queue: Option<QueueId>,
    ) -> Result<(), Error> {
        self.0.store.release(account, claim, wrap_up, queue).await?;
        Ok(())
    }

    fn saw(&self, account: AccountId, token: Token) {
        self.0.epochs.saw(Partition::of(account), token.epoch);
    }
}

/// The lot of an operation: as good as random, and the same when the operation is repeated.
fn lot(operation: &str) -> u32 {
    let hash = Sha256::digest(operation);
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}
