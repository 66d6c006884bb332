//! The plan, applied to everybody: begin, one script a person, end.

use std::collections::{BTreeMap, BTreeSet};

use ids::{AccountId, QueueId, UserId};
use live::{Key, Partition};

use super::{Store, codes::Code, floor::traceparent, hash, script};
use crate::{
    domain::{Seat, Strategy},
    error::Error,
};

impl Store {
    /// Refuses every older plan of the account from here on, and makes the queues known.
    pub async fn begin_plan(
        &self,
        account: AccountId,
        version: i64,
        queues: &BTreeMap<QueueId, Strategy>,
    ) -> Result<(), Error> {
        let mut run = self
            .live
            .script(&script::PLAN_BEGIN)
            .key(&self.keys.account(account));
        run = run.text(account).arg(version);
        for (queue, strategy) in queues {
            run = run.text(queue).arg(strategy.code());
        }
        Ok(run.run().await?)
    }

    /// A person becomes what the plan says. `day` is the account's, see
    /// [`crate::domain::Roster::day`].
    pub async fn enroll(
        &self,
        account: AccountId,
        version: i64,
        person: UserId,
        seat: &Seat,
        day: &str,
    ) -> Result<bool, Error> {
        let devices: Vec<_> = seat.devices.iter().map(ToString::to_string).collect();
        let run = self
            .live
            .script(&script::ENROLL)
            .key(&self.keys.account(account))
            .text(account);
        let run = run
            .arg(version)
            .text(person)
            .arg(hash::encode_memberships(&seat.memberships));
        Ok(run
            .arg(devices.join(" "))
            .arg(day)
            .arg(u8::from(seat.suspended))
            .arg(traceparent())
            .run()
            .await?)
    }

    /// A person is no longer in the plan.
    pub async fn dismiss(
        &self,
        account: AccountId,
        version: i64,
        person: UserId,
    ) -> Result<bool, Error> {
        let run = self
            .live
            .script(&script::DISMISS)
            .key(&self.keys.account(account))
            .text(account);
        Ok(run
            .arg(version)
            .text(person)
            .arg(traceparent())
            .run()
            .await?)
    }

    /// The plan has been applied to everybody.
    pub async fn end_plan(&self, account: AccountId, version: i64) -> Result<(), Error> {
        let run = self
            .live
            .script(&script::PLAN_END)
            .key(&self.keys.account(account));
        Ok(run.arg(version).run().await?)
    }

    /// The version of the plan that Redis knows; 0 for none, as after a loss of its data.
    pub async fn applied_plan(&self, account: AccountId) -> Result<i64, Error> {
        let key = self.keys.account(account);
        let version: Option<i64> = self
            .live
            .command("HGET")
            .key(&key)
            .arg("applied")
            .run()
            .await?;
        Ok(version.unwrap_or(0))
    }

    /// The accounts of a partition that somebody has asked for.
    pub async fn accounts(&self, partition: Partition) -> Result<Vec<AccountId>, Error> {
        let key = self.keys.accounts(partition);
        let texts: Vec<String> = self.live.command("SMEMBERS").key(&key).run().await?;
        Ok(parsed(&key, &texts))
    }

    /// Everybody of an account that Redis knows.
    pub async fn everybody(&self, account: AccountId) -> Result<BTreeSet<UserId>, Error> {
        let key = self.keys.people(account);
        let texts: Vec<String> = self
            .live
            .command("ZRANGE")
            .key(&key)
            .arg(0)
            .arg(-1)
            .run()
            .await?;
        Ok(parsed(&key, &texts).into_iter().collect())
    }
}

/// Ids as our scripts wrote them. One that is none is skipped and logged: it must not keep the
/// others from being served.
pub(crate) fn parsed<T: std::str::FromStr>(key: &Key, texts: &[String]) -> Vec<T> {
    let read = |text: &String| {
        let id = text.parse().ok();
        if id.is_none() {
            tracing::error!(%key, "holds something that is not an id");
        }
        id
    };
    texts.iter().filter_map(read).collect()
}
