//! The people of the demo at their desks: their phones report themselves, and
//! somebody watches who rests and who is free again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use api::presence::v1::{
    HeartbeatRequest, Person, State, WatchPeopleRequest,
    presence_service_client::PresenceServiceClient,
};
use mesh::Service;
use tokio::task::JoinSet;

use super::{
    company::{self, Company},
    ledger::Bounds,
    stage::Stage,
};
use crate::answer::{Doing as _, refusal};

/// How long a broken watch rests before it goes on where it stopped.
const RESUME_AFTER: Duration = Duration::from_millis(100);

/// Everybody's phone reports itself once, and then as often as it is told to.
pub(crate) async fn sit_down(company: &Company, phones: &mut JoinSet<()>) -> anyhow::Result<()> {
    for person in &company.people {
        let mut presence = PresenceServiceClient::new(person.session.peer(Service::Presence)?);
        let heartbeat = HeartbeatRequest { device_id: person.device_id.clone() };
        let first = presence.heartbeat(heartbeat.clone()).await;
        let first = first.doing(&format!("report the phone of {}", person.first_name))?;
        let pause = first.next_within.and_then(|within| Duration::try_from(within).ok());
        let pause = pause.context("presence does not say when to report again")?;
        phones.spawn(async move {
            loop {
                tokio::time::sleep(pause).await;
                // A lost heartbeat is what the next one is for.
                let _ = presence.heartbeat(heartbeat.clone()).await;
            }
        });
    }
    Ok(())
}

/// Watches everybody, tells who comes back from a rest and writes it down.
pub(crate) async fn watch(stage: Arc<Stage>) -> anyhow::Result<()> {
    let presence = stage.company.owner().peer(Service::Presence)?;
    let mut presence = PresenceServiceClient::new(presence);
    let mut states: HashMap<String, State> = HashMap::new();
    let mut resume_token = String::new();
    loop {
        let request = WatchPeopleRequest { resume_token: resume_token.clone() };
        let mut stream = match presence.watch_people(request).await {
            Ok(stream) => stream.into_inner(),
            Err(status) => return Err(refusal("watch the people", &status)),
        };
        while let Ok(Some(change)) = stream.message().await {
            resume_token = change.resume_token;
            let Some(person) = change.person else { continue };
            let before = states.insert(person.person_id.clone(), person.state());
            if before == Some(State::WrapUp) && person.state() != State::WrapUp {
                rested(&stage, &person);
            }
        }
        tokio::time::sleep(RESUME_AFTER).await;
    }
}

/// Returns once nobody rests any more.
pub(crate) async fn all_rested(stage: &Stage, within: Duration) -> anyhow::Result<()> {
    let waiting = async {
        while !is_everybody_rested(stage) {
            tokio::time::sleep(RESUME_AFTER).await;
        }
    };
    let waited = tokio::time::timeout(within, waiting).await;
    waited.context("somebody's rest after a call does not end")
}

fn rested(stage: &Stage, person: &Person) {
    let Some(talk) = stage.ledger().last_talk(&person.person_id) else { return };
    let least = chrono::TimeDelta::from_std(company::WRAP_UP).unwrap_or_default();
    let rest = Bounds { least, most: stage.now() - talk.earliest };
    stage.rested(&person.person_id, rest);
    let name = stage.company.name(&person.person_id);
    stage.story.tell("", format_args!("{name} has wrapped up and is free again"));
}

/// Every conversation of the queue is followed by one rest.
fn is_everybody_rested(stage: &Stage) -> bool {
    let ledger = stage.ledger();
    stage.company.support_team().all(|person| {
        let talks = ledger.calls.iter().filter_map(|call| call.talk.as_ref());
        let of_queue = talks.filter(|talk| {
            talk.person_id == person && talk.via_id == stage.company.queue_id
        });
        of_queue.count() == ledger.rests.get(person).map_or(0, Vec::len)
    })
}
