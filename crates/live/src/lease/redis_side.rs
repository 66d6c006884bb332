//! What the keeper asks of Redis.

use std::{sync::LazyLock, time::Duration};

use ids::ReplicaId;

use crate::{Key, Live, LiveError, Partition, Script, prelude};

static JOIN: LazyLock<Script> = LazyLock::new(|| {
    Script::with_prelude(
        "live.lease_join",
        &[prelude::CORE],
        include_str!("../../lua/lease_join.lua"),
    )
});
static RENEW: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "live.lease_renew",
        include_str!("../../lua/lease_renew.lua"),
    )
});
static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "live.lease_release",
        include_str!("../../lua/lease_release.lua"),
    )
});

/// One replica in one role.
pub(crate) struct Role {
    pub(crate) live: Live,
    pub(crate) name: &'static str,
    pub(crate) replica: ReplicaId,
    pub(crate) ttl: Duration,
}

impl Role {
    /// Says that this replica lives. Returns how many partitions are its fair share.
    pub(crate) async fn join(&self) -> Result<usize, LiveError> {
        let call = self
            .live
            .script(&JOIN)
            .key(&self.members())
            .text(self.replica);
        let (live, rank): (usize, usize) = call.arg(self.ttl_ms()).run().await?;
        let all = usize::from(Partition::COUNT);
        Ok(all / live + usize::from(rank < all % live))
    }

    /// Takes a partition that nobody holds.
    pub(crate) async fn take(&self, key: &Key, token: &str) -> Result<bool, LiveError> {
        let call = self.live.command("SET").key(key).arg(token);
        let taken: Option<String> = call.arg("NX").arg("PX").arg(self.ttl_ms()).run().await?;
        Ok(taken.is_some())
    }

    /// Extends a lease; false if it is somebody else's or nobody's by now.
    pub(crate) async fn renew(&self, key: &Key, token: &str) -> Result<bool, LiveError> {
        self.live
            .script(&RENEW)
            .key(key)
            .arg(token)
            .arg(self.ttl_ms())
            .run()
            .await
    }

    /// Gives a lease back, if it is still this one.
    pub(crate) async fn release(&self, key: &Key, token: &str) -> Result<(), LiveError> {
        self.live.script(&RELEASE).key(key).arg(token).run().await
    }

    /// Says that this replica is gone.
    pub(crate) async fn leave(&self) -> Result<(), LiveError> {
        self.live
            .command("ZREM")
            .key(&self.members())
            .text(self.replica)
            .run()
            .await
    }

    pub(crate) fn key(&self, partition: Partition) -> Key {
        self.live
            .keys()
            .key(partition, format_args!("{}:lease", self.name))
    }

    /// One place for the whole role: its replicas see each other in the first partition.
    fn members(&self) -> Key {
        self.live
            .keys()
            .key(Partition::FIRST, format_args!("{}:replicas", self.name))
    }

    fn ttl_ms(&self) -> u64 {
        self.ttl.as_millis() as u64
    }
}
