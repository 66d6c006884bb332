//! Numbers about people and queues.

use access::{Caller, Permission};
use ids::{AccountId, QueueId, UserId};
use store::Transaction;

use super::{App, scope::Scope};
use crate::{
    domain::{quarter::Quarter, statistics::QueueCounts},
    error::Error,
    store::statistics::{self, Choice, PersonSums, Span},
};

impl App {
    /// Numbers of people, by person. No people named means everybody in the caller's scope.
    pub async fn person_statistics(
        &self,
        caller: &Caller,
        account: AccountId,
        (start, end): (Quarter, Quarter),
        people: Vec<UserId>,
        after: Option<UserId>,
        limit: u64,
    ) -> Result<Vec<PersonSums>, Error> {
        let span = Span {
            start,
            end,
            now: self.clock.now(),
        };
        let people = &people;
        let work = |tx: Transaction| async move {
            let scope = Scope::of(&tx, account, caller, Permission::StatisticsRead).await?;
            let choice = Choice {
                only: scope.narrow(people.clone()),
                after,
                limit,
            };
            statistics::people(&tx, account, span, &choice).await
        };
        self.store.tenant_transaction(account, work).await
    }

    /// Numbers of queues, by queue. No queues named means all in the caller's scope. A queue is
    /// nobody's own: who neither sees the account nor supervises it does not see it.
    pub async fn queue_statistics(
        &self,
        caller: &Caller,
        account: AccountId,
        (start, end): (Quarter, Quarter),
        queues: Vec<QueueId>,
        after: Option<QueueId>,
        limit: u64,
    ) -> Result<Vec<(QueueId, QueueCounts)>, Error> {
        let span = Span {
            start,
            end,
            now: self.clock.now(),
        };
        let queues = &queues;
        let work = |tx: Transaction| async move {
            let scope = Scope::of(&tx, account, caller, Permission::StatisticsRead).await?;
            let only = scope.narrow_queues(queues.clone());
            statistics::queues(&tx, account, span, &Choice { only, after, limit }).await
        };
        self.store.tenant_transaction(account, work).await
    }
}
