//! Everybody's working day during a run: signed in, with a phone that stays
//! connected.

use std::time::{Duration, Instant};

use api::presence::v1::{HeartbeatRequest, presence_service_client::PresenceServiceClient};
use futures::{TryStreamExt as _, stream};
use indicatif::ProgressBar;
use mesh::Service;
use tokio_util::sync::CancellationToken;

use super::{Company, Kept, Phone};
use crate::{
    answer::Doing as _,
    session::{Addresses, Session},
};

/// Sign-ins at once: the hash takes a core, and two are enough.
const AT_ONCE: usize = 4;
/// Sign in again before the access token ends.
const SESSION_LIFE: Duration = Duration::from_secs(240);

/// Signs everybody in and keeps their phones connected until the company is
/// dropped.
pub(super) async fn begin(
    addresses: &Addresses,
    kept: Kept,
    bar: &ProgressBar,
) -> anyhow::Result<Company> {
    let stop = CancellationToken::new();
    let owner = Session::sign_in(addresses, &kept.owner_email, &kept.password).await?;
    stream::iter(kept.people.iter().map(Ok))
        .try_for_each_concurrent(AT_ONCE, async |phone| {
            let session = Session::sign_in(addresses, &phone.email, &kept.password).await?;
            first_beat(&session, &phone.device_id).await?;
            let (phone, password) = (phone.clone(), kept.password.clone());
            tokio::spawn(stay(
                addresses.clone(),
                phone,
                password,
                session,
                stop.clone(),
            ));
            bar.inc(1);
            anyhow::Ok(())
        })
        .await?;
    Ok(Company {
        people: kept.people.len(),
        number: kept.number,
        owner,
        _heartbeats: stop.drop_guard(),
    })
}

/// One heartbeat after the other until the run is over.
async fn stay(
    addresses: Addresses,
    phone: Phone,
    password: String,
    mut session: Session,
    stop: CancellationToken,
) {
    let mut since = Instant::now();
    let mut within = Duration::ZERO;
    while stop
        .run_until_cancelled(tokio::time::sleep(within))
        .await
        .is_some()
    {
        if since.elapsed() > SESSION_LIFE
            && let Ok(again) = Session::sign_in(&addresses, &phone.email, &password).await
        {
            session = again;
            since = Instant::now();
        }
        // A missed beat is made up for by the next; the lease allows for two.
        within = beat(&session, &phone.device_id)
            .await
            .unwrap_or(Duration::from_secs(5));
    }
}

/// Presence hears of a new extension within a second of its making.
async fn first_beat(session: &Session, device: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match beat(session, device).await {
            Err(_) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            beaten => return beaten.map(drop),
        }
    }
}

async fn beat(session: &Session, device: &str) -> anyhow::Result<Duration> {
    let request = HeartbeatRequest {
        device_id: device.to_owned(),
        ..HeartbeatRequest::default()
    };
    let mut presence = PresenceServiceClient::new(session.peer(Service::Presence)?);
    let answer = presence
        .heartbeat(request)
        .await
        .doing("send a heartbeat")?;
    let within = answer.next_within.and_then(|within| within.try_into().ok());
    Ok(within.unwrap_or(Duration::from_secs(15)))
}
