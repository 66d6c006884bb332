//! Which buckets an attempt counts against.

use ids::UserId;

use super::{App, vault::sha256};
use crate::{
    domain::{bearer::DeviceToken, email::Email},
    error::Error,
    live::throttle::Bucket,
};

impl App {
    /// The buckets of a sign-in. On a known device those of the login and of the network are left
    /// out: neither whoever guesses elsewhere nor a colleague behind the same address can lock the
    /// owner out here.
    pub(super) fn sign_in_buckets(
        email: &Email,
        device: Option<&DeviceToken>,
        network: &str,
    ) -> Vec<Bucket> {
        buckets(
            device.map(|token| Bucket::Device(sha256(token.encode().as_bytes()))),
            || Bucket::Login(sha256(email.key().as_bytes())),
            network,
        )
    }

    /// The buckets of somebody who proves the second factor of `user`. Apart from those of the
    /// password: whoever knows it must not get more guesses at the code by signing in again.
    pub(super) fn factor_buckets(
        user: UserId,
        device: Option<&DeviceToken>,
        network: &str,
    ) -> Vec<Bucket> {
        buckets(
            device.map(|token| Bucket::FactorDevice(sha256(token.encode().as_bytes()))),
            || Bucket::Factor(sha256(user.uuid().as_bytes())),
            network,
        )
    }

    /// The buckets of somebody who asks for a mail. Never forgiven: nobody knows who asks.
    pub(super) fn reset_buckets(email: &Email, network: &str) -> Vec<Bucket> {
        buckets(
            None,
            || Bucket::Reset(sha256(email.key().as_bytes())),
            network,
        )
    }

    /// The buckets of somebody who guesses what is not bound to a login.
    pub(super) fn guess_buckets(network: &str) -> Vec<Bucket> {
        Vec::from_iter(network_bucket(network))
    }

    /// Counts an attempt, or says when to come back.
    pub(super) async fn admit(&self, buckets: &[Bucket]) -> Result<(), Error> {
        match self.throttle.attempt(buckets).await? {
            None => Ok(()),
            Some(wait) => Err(Error::Throttled(wait)),
        }
    }

    /// Takes an honest attempt back. It has succeeded by now, so trouble here is not its own.
    pub(super) async fn forgive(&self, buckets: &[Bucket]) {
        if let Err(error) = self.throttle.forgive(buckets).await {
            tracing::warn!(%error, "an honest attempt stays counted");
        }
    }
}

/// A known device counts for itself; everybody else with whom they ask for and where they are.
fn buckets(device: Option<Bucket>, whom: impl FnOnce() -> Bucket, network: &str) -> Vec<Bucket> {
    let mut buckets = vec![Bucket::Everywhere];
    match device {
        Some(device) => buckets.push(device),
        None => {
            buckets.push(whom());
            buckets.extend(network_bucket(network));
        }
    }
    buckets
}

/// None for callers inside this process, who have no address.
fn network_bucket(network: &str) -> Option<Bucket> {
    (!network.is_empty()).then(|| Bucket::Network(network.to_owned()))
}
