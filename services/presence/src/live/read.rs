//! People as they are, for those who look.

use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use ids::{AccountId, QueueId, UserId};
use live::{Partition, event::Offset};

use super::{Store, hash, plan::parsed};
use crate::{domain::Person, error::Error};

/// Reads under way at once: they share one connection and one round trip's time.
const CONCURRENT: usize = 64;

impl Store {
    /// One person of an account.
    pub async fn person(
        &self,
        account: AccountId,
        person: UserId,
    ) -> Result<Option<Person>, Error> {
        let key = self.keys.person(account, person);
        let fields: HashMap<String, String> = self.live.command("HGETALL").key(&key).run().await?;
        // People of two accounts may share a partition: the key alone is no proof.
        if fields
            .get("account")
            .is_some_and(|owner| *owner != account.to_string())
        {
            return Ok(None);
        }
        Ok(hash::decode(person, &fields)?)
    }

    /// These people, in their order; who does not exist is left out.
    pub async fn people(&self, account: AccountId, ids: &[UserId]) -> Result<Vec<Person>, Error> {
        let reads: Vec<_> = ids.iter().map(|id| self.person(account, *id)).collect();
        let people: Vec<_> = stream::iter(reads)
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        Ok(people.into_iter().flatten().collect())
    }

    /// At most `limit` ids of an account's people, ordered, after `after`.
    pub async fn page(
        &self,
        account: AccountId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Error> {
        let key = self.keys.people(account);
        let start = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
        let run = self
            .live
            .command("ZRANGE")
            .key(&key)
            .arg(start)
            .arg("+")
            .arg("BYLEX");
        let texts: Vec<String> = run.arg("LIMIT").arg(0).arg(limit).run().await?;
        Ok(parsed(&key, &texts))
    }

    /// Whether the account has this queue.
    pub async fn has_queue(&self, account: AccountId, queue: QueueId) -> Result<bool, Error> {
        let key = self.keys.queue(account, queue);
        let owner: Option<String> = self
            .live
            .command("HGET")
            .key(&key)
            .arg("account")
            .run()
            .await?;
        Ok(owner.is_some_and(|owner| owner == account.to_string()))
    }

    /// Where the partition's events end now.
    pub async fn last_event(&self, partition: Partition) -> Result<Offset, Error> {
        let key = self.live.keys().events(partition);
        let run = self
            .live
            .command("XREVRANGE")
            .key(&key)
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(1);
        let entries: Vec<(String, Vec<Vec<u8>>)> = run.run().await?;
        let last = entries.first().and_then(|(id, _)| id.parse().ok());
        Ok(last.unwrap_or(Offset::START))
    }
}
