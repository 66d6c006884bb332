//! What the guard hears from presence and routing, each event once. Nobody waits for it: without
//! Redis it hears nothing, and identity serves on.

use std::{collections::BTreeSet, sync::Arc};

use ::store::{Transaction, follow::Effect};
use access::network::Network;
use api::{
    presence::v1::TwoPlacesEvent,
    routing::v1::{CallEvent, CallSecondPickUp, call_event},
};
use chrono::{DateTime, TimeDelta, Utc};
use ids::UserId;
use live::event::Envelope;
use prost::Message as _;

use crate::{
    app::App,
    domain::sharing::{MAX_NETWORKS, MEMORY, Signal, SignalKind},
    error::Error,
    store,
};

const TWO_PLACES: &str = "strowger.presence.v1.TwoPlacesEvent";
const CALL_EVENT: &str = "strowger.routing.v1.CallEvent";
/// How far a writer's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The guard's ears.
#[derive(Debug, Clone)]
pub struct Guard(pub Arc<App>);

impl Effect for Guard {
    type Error = Error;

    fn concerns(&self, event: &Envelope) -> bool {
        heard(event, self.0.clock.now()).is_some()
    }

    async fn apply(&self, tx: Transaction, event: &Envelope) -> Result<(), Error> {
        let Some((user, signal)) = heard(event, self.0.clock.now()) else {
            return Ok(());
        };
        // Nobody is accused whom we do not know: an event says what its writer believes.
        match store::user::find(&tx, event.account, user).await? {
            Some(_) => self.0.notice(&tx, event.account, user, &signal).await,
            None => Ok(()),
        }
    }
}

/// What an event says about sharing, and about whom. A message that cannot be read says nothing:
/// reporting reads all of them and tells.
fn heard(event: &Envelope, now: DateTime<Utc>) -> Option<(UserId, Signal)> {
    let (user, kind, networks) = match event.kind.as_str() {
        TWO_PLACES => {
            let places = TwoPlacesEvent::decode(event.body.clone()).ok()?;
            let networks = places.networks.iter().filter_map(|text| truncated(text));
            let networks = networks.take(MAX_NETWORKS).collect();
            (places.person_id, SignalKind::TwoPlaces, networks)
        }
        CALL_EVENT => {
            let change = CallEvent::decode(event.body.clone()).ok()?.change?;
            let call_event::Change::SecondPickUp(CallSecondPickUp { person_id, .. }) = change
            else {
                return None;
            };
            (person_id, SignalKind::SecondCall, BTreeSet::new())
        }
        _ => return None,
    };
    let at = event.at;
    let is_fresh = (now - MEMORY..=now + AHEAD).contains(&at);
    let user = user.parse().ok().filter(|_| is_fresh)?;
    Some((user, Signal { kind, at, networks }))
}

/// Only what is a truncated network gets any further.
fn truncated(text: &str) -> Option<String> {
    let network: Network = text.parse().ok()?;
    network.is_truncated().then(|| network.to_string())
}
