//! Follows which tokens identity revokes.

use std::time::Duration;

use access::{Revocation, Revoked};
use api::identity::v1::key_service_client::KeyServiceClient;
use api::identity::v1::revocation::Subject;
use api::identity::v1::{self as wire, WatchRevocationsRequest};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use chrono::{DateTime, Utc};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::peer::Peer;
use crate::revocations::Revocations;

/// Identity speaks twice a second. When it has been silent this long its
/// replica hangs or cannot read, and another one may do better.
const SILENCE: Duration = Duration::from_secs(5);
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);

/// Keeps [`Revocations`] in step with identity.
#[derive(Debug)]
pub struct Follower {
    identity: Peer,
    revocations: Revocations,
}

impl Follower {
    /// `identity` is a peer with the service's own token.
    pub fn new(identity: Peer, revocations: Revocations) -> Self {
        Self {
            identity,
            revocations,
        }
    }

    /// Follows until `drain`, whatever happens to identity meanwhile.
    pub async fn run(self, drain: CancellationToken) {
        drain.run_until_cancelled(self.follow_for_ever()).await;
    }

    async fn follow_for_ever(&self) {
        let mut pauses = pauses();
        loop {
            let begun = Instant::now();
            match self.follow().await {
                Ok(()) => tracing::debug!("the revocation feed has ended; beginning again"),
                Err(status) => tracing::warn!(%status, "the revocation feed is interrupted"),
            }
            if begun.elapsed() > RETRY_MAX {
                pauses = self::pauses();
            }
            tokio::time::sleep(pauses.next().unwrap_or(RETRY_MAX)).await;
        }
    }

    /// One stream, from everything that is revoked to its end.
    async fn follow(&self) -> Result<(), Status> {
        let mut client = KeyServiceClient::new(self.identity.clone());
        let asked = Instant::now();
        let mut feed = timeout(
            SILENCE,
            client.watch_revocations(WatchRevocationsRequest {}),
        )
        .await
        .map_err(|_| silent())??
        .into_inner();
        let mut time = None;
        while let Some(message) = timeout(SILENCE, feed.message())
            .await
            .map_err(|_| silent())??
        {
            let revocations: Vec<_> = message
                .revocations
                .into_iter()
                .map(read)
                .collect::<Result<_, _>>()?;
            self.revocations.add(revocations.into_iter().flatten());
            if let Some(as_of) = message.as_of_time.as_ref().and_then(instant) {
                let time = time.get_or_insert(FeedTime {
                    first: as_of,
                    last: as_of,
                    origin: asked,
                });
                match time.moment(as_of, Instant::now()) {
                    Some(moment) => self.revocations.seen_until(moment),
                    // Identity's clock was set back: reckon anew.
                    None => return Ok(()),
                }
            }
        }
        Ok(())
    }
}

/// Identity's time in terms of ours, without trusting that the clocks agree:
/// what it first said it said after we asked. So a message that lay in a buffer
/// while this process stood still is as old as it is.
struct FeedTime {
    first: DateTime<Utc>,
    last: DateTime<Utc>,
    /// Not later than `first`.
    origin: Instant,
}

impl FeedTime {
    /// Not later than `as_of`, which was received at `now`; `None` if it is earlier than what
    /// identity said before.
    fn moment(&mut self, as_of: DateTime<Utc>, now: Instant) -> Option<Instant> {
        if as_of < self.last {
            return None;
        }
        self.last = as_of;
        let since = (as_of - self.first).to_std().ok()?;
        // A clock that jumped ahead makes nothing fresher than it can be.
        if let Some(latest) = now.checked_sub(since) {
            self.origin = self.origin.min(latest);
        }
        Some((self.origin + since).min(now))
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(RETRY_MIN)
        .with_max_delay(RETRY_MAX)
        .without_max_times()
        .with_jitter()
        .build()
}

fn silent() -> Status {
    Status::unavailable(format!("identity said nothing for {SILENCE:?}"))
}

/// `None` for a kind that this version does not know, and so has no tokens of.
fn read(revocation: wire::Revocation) -> Result<Option<Revocation>, Status> {
    let unreadable = || Status::internal("identity sent a revocation that cannot be read");
    let Some(subject) = revocation.subject else {
        return Ok(None);
    };
    let whose = match subject {
        Subject::SessionId(id) => id.parse().map(Revoked::Session),
        Subject::UserId(id) => id.parse().map(Revoked::User),
        Subject::AccountId(id) => id.parse().map(Revoked::Account),
        Subject::ServiceKeyId(id) => id.parse().map(Revoked::ServiceKey),
    };
    let time = |time: Option<prost_types::Timestamp>| {
        time.as_ref().and_then(instant).ok_or_else(unreadable)
    };
    Ok(Some(Revocation {
        whose: whose.map_err(|_: ids::IdError| unreadable())?,
        generation: revocation.generation,
        revoked: time(revocation.revoke_time)?,
        expires: time(revocation.expire_time)?,
    }))
}

fn instant(time: &prost_types::Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(time.seconds, time.nanos.try_into().ok()?)
}
