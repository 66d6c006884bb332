//! Watching the people of the demo: who rests, and who is free again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use api::presence::v1::{Person, State, WatchPeopleRequest};

use super::{ledger::Bounds, office, stage::Stage};
use crate::answer::refusal;

/// How long a broken watch rests before it goes on where it stopped.
const RESUME_AFTER: Duration = Duration::from_millis(100);

/// Watches everybody, tells who comes back from a rest and writes it down.
pub(crate) async fn watch(stage: Arc<Stage>) -> anyhow::Result<()> {
    let mut presence = stage.office.desk().presence();
    let mut states: HashMap<String, State> = HashMap::new();
    let mut resume_token = String::new();
    loop {
        let request = WatchPeopleRequest {
            resume_token: resume_token.clone(),
        };
        let mut stream = match presence.watch_people(request).await {
            Ok(stream) => stream.into_inner(),
            Err(status) => return Err(refusal("watch the people", &status)),
        };
        while let Ok(Some(change)) = stream.message().await {
            resume_token = change.resume_token;
            let Some(person) = change.person else {
                continue;
            };
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
    let Some(talk) = stage.ledger().last_talk(&person.person_id) else {
        return;
    };
    let least = chrono::TimeDelta::from_std(office::WRAP_UP).unwrap_or_default();
    let rest = Bounds {
        least,
        most: stage.now() - talk.earliest,
    };
    stage.rested(&person.person_id, rest);
    let name = stage.office.name(&person.person_id);
    stage
        .story
        .tell("", format_args!("{name} has wrapped up and is free again"));
}

/// Every conversation of the queue is followed by one rest.
fn is_everybody_rested(stage: &Stage) -> bool {
    let ledger = stage.ledger();
    stage
        .office
        .support_team()
        .iter()
        .map(company::Member::user_id)
        .all(|person| {
            let talks = ledger.calls.iter().filter_map(|call| call.talk.as_ref());
            let of_queue = talks
                .filter(|talk| talk.person_id == person && talk.via_id == stage.office.queue_id);
            of_queue.count() == ledger.rests.get(person).map_or(0, Vec::len)
        })
}
