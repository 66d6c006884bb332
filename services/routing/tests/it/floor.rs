//! Presence, reduced to what calls see of it: who is free, who is locked by which call. Keeps
//! the answers of operations, so that asking twice is asking once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use api::presence::v1::{
    AnswerRequest, AnswerResponse, DeclineRequest, DeclineResponse, HeldLock, OfferOutcome,
    OfferRequest, OfferResponse, OfferResult, ReleaseRequest, ReleaseResponse, RenewRequest,
    RenewResponse, Reservation, ReserveRequest, ReserveResponse, Token, WithdrawRequest,
    WithdrawResponse, floor_service_server::FloorService,
};
use fault::Fault;
use ids::{AccountId, QueueId, UserId};
use live::{Live, Partition};
use tonic::{Request, Response, Status};

/// The floor. Clones share it.
#[derive(Clone)]
pub(crate) struct Floor(Arc<Mutex<State>>, Live, AccountId);

#[derive(Default)]
struct State {
    people: BTreeMap<String, Person>,
    queue: String,
    fence: i64,
    answers: HashMap<String, Answered>,
    down: bool,
    log: Vec<String>,
    slow: Option<Duration>,
    mute: Option<Duration>,
}

#[derive(Default, Clone)]
struct Person {
    held_by: Option<String>,
    offered: Vec<String>,
    idle_since: i64,
    logged_out: bool,
}

#[derive(Clone)]
enum Answered {
    Reserve(ReserveResponse),
    Offer(OfferResponse),
    Answer(Result<AnswerResponse, &'static str>),
}

impl Floor {
    pub(crate) fn of(live: Live, account: AccountId, queue: QueueId, people: &[UserId]) -> Self {
        let people = people
            .iter()
            .map(|person| (person.to_string(), Person::default()))
            .collect();
        let state = State {
            people,
            queue: queue.to_string(),
            ..State::default()
        };
        Self(Arc::new(Mutex::new(state)), live, account)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn holder(&self, person: UserId) -> Option<String> {
        self.state().people[&person.to_string()].held_by.clone()
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    pub(crate) fn log_out_all(&self) {
        self.state()
            .people
            .values_mut()
            .for_each(|person| person.logged_out = true);
    }

    /// Presence does not answer any more, or does again.
    pub(crate) fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    pub(crate) fn set_slow(&self, slow: Option<Duration>) {
        self.state().slow = slow;
    }

    /// Presence does what it is asked, and its answers are lost on the way.
    pub(crate) fn set_mute(&self, mute: Option<Duration>) {
        self.state().mute = mute;
    }

    async fn say<T>(&self, answer: T) -> Result<Response<T>, Status> {
        let mute = self.state().mute;
        if let Some(mute) = mute {
            tokio::time::sleep(mute).await;
        }
        Ok(Response::new(answer))
    }

    /// Somebody is on a call of another world.
    pub(crate) fn occupy(&self, person: UserId) {
        self.state()
            .people
            .get_mut(&person.to_string())
            .unwrap()
            .held_by = Some("call_other".into());
    }

    pub(crate) async fn vacate(&self, person: UserId) {
        self.state()
            .people
            .get_mut(&person.to_string())
            .unwrap()
            .held_by = None;
        self.ready().await;
    }

    async fn ready(&self) {
        let channel = self.1.keys().key(Partition::of(self.2), "presence:ready");
        let queue = self.state().queue.clone();
        let _: () = self
            .1
            .command("PUBLISH")
            .key(&channel)
            .arg(queue)
            .run()
            .await
            .unwrap();
    }

    async fn reserve_once(&self, request: ReserveRequest) -> Result<ReserveResponse, Status> {
        let mut state = self.entered("reserve").await?;
        if let Some(Answered::Reserve(answer)) = state.answers.get(&request.operation_id) {
            return Ok(answer.clone());
        }
        let people = state.people.iter().filter(|(_, person)| !person.logged_out);
        let logged_in = people.clone().count() as u32;
        let free = people.filter(|(_, person)| person.held_by.is_none());
        let avoided = |id: &String| request.avoid_person_ids.contains(id);
        let best = free
            .min_by_key(|(id, person)| (avoided(id), person.idle_since))
            .map(|(id, _)| id.clone());
        let reservation = best.map(|person| state.reserve(&person, &request.call_id));
        let answer = ReserveResponse {
            reservation,
            logged_in,
        };
        state
            .answers
            .insert(request.operation_id, Answered::Reserve(answer.clone()));
        Ok(answer)
    }

    /// The state, if presence answers.
    async fn entered(&self, what: &str) -> Result<std::sync::MutexGuard<'_, State>, Status> {
        let slow = self.state().slow;
        if let Some(slow) = slow {
            tokio::time::sleep(slow).await;
        }
        let mut state = self.state();
        if state.down {
            return Err(Status::unavailable("presence is away"));
        }
        state.log.push(what.to_owned());
        Ok(state)
    }
}

impl State {
    fn token(&mut self) -> Token {
        self.fence += 1;
        Token {
            epoch: 1,
            fence: self.fence,
        }
    }

    fn reserve(&mut self, person: &str, call: &str) -> Reservation {
        let token = self.token();
        if let Some(person) = self.people.get_mut(person) {
            person.held_by = Some(call.to_owned());
        }
        Reservation {
            person_id: person.to_owned(),
            token: Some(token),
            expire_time: None,
            device_ids: Vec::new(),
        }
    }

    fn free(&mut self, person: &str, call: &str) {
        self.fence += 1;
        let now = self.fence;
        if let Some(person) = self.people.get_mut(person) {
            person.offered.retain(|offered| offered != call);
            if person.held_by.as_deref() == Some(call) {
                person.held_by = None;
                person.idle_since = now;
            }
        }
    }
}

fn gone() -> Status {
    Fault::aborted(
        api::presence::v1::ErrorReason::OfferGone,
        "the offer is gone",
    )
    .into()
}

#[tonic::async_trait]
impl FloorService for Floor {
    async fn reserve(
        &self,
        request: Request<ReserveRequest>,
    ) -> Result<Response<ReserveResponse>, Status> {
        let answer = self.reserve_once(request.into_inner()).await?;
        self.say(answer).await
    }

    async fn offer(
        &self,
        request: Request<OfferRequest>,
    ) -> Result<Response<OfferResponse>, Status> {
        let request = request.into_inner();
        let mut state = self.entered("offer").await?;
        if let Some(Answered::Offer(answer)) = state.answers.get(&request.operation_id) {
            return Ok(Response::new(answer.clone()));
        }
        let limit = if request.limit == 0 {
            u32::MAX
        } else {
            request.limit
        };
        let mut placed = 0;
        let mut results = Vec::new();
        for person in &request.person_ids {
            let held_by = state
                .people
                .get(person)
                .and_then(|person| person.held_by.clone());
            let mut result = OfferResult {
                person_id: person.clone(),
                ..OfferResult::default()
            };
            match held_by {
                Some(_) => result.set_outcome(OfferOutcome::Busy),
                None if placed >= limit => result.set_outcome(OfferOutcome::NotTried),
                None => {
                    placed += 1;
                    let token = state.token();
                    let found = state.people.get_mut(person).unwrap();
                    found.offered.push(request.call_id.clone());
                    result.set_outcome(OfferOutcome::Placed);
                    result.reservation = Some(Reservation {
                        person_id: person.clone(),
                        token: Some(token),
                        ..Reservation::default()
                    });
                }
            }
            results.push(result);
        }
        let answer = OfferResponse { results };
        state
            .answers
            .insert(request.operation_id, Answered::Offer(answer.clone()));
        Ok(Response::new(answer))
    }

    async fn answer(
        &self,
        request: Request<AnswerRequest>,
    ) -> Result<Response<AnswerResponse>, Status> {
        let request = request.into_inner();
        let mut state = self.entered("answer").await?;
        if let Some(Answered::Answer(answer)) = state.answers.get(&request.operation_id) {
            return answer.clone().map(Response::new).map_err(|_| gone());
        }
        let call = request.call_id.clone();
        let person = state
            .people
            .get(&request.person_id)
            .cloned()
            .unwrap_or_default();
        let may = person.held_by.as_deref() == Some(call.as_str())
            || (person.held_by.is_none() && person.offered.contains(&call));
        let answer = if may {
            let token = state.reserve(&request.person_id, &call).token;
            for loser in &request.loser_person_ids {
                state.free(loser, &call);
            }
            let found = state.people.get_mut(&request.person_id).unwrap();
            let withdrawn = std::mem::take(&mut found.offered);
            let withdrawn_call_ids = withdrawn
                .into_iter()
                .filter(|other| *other != call)
                .collect();
            Ok(AnswerResponse {
                token,
                withdrawn_call_ids,
            })
        } else {
            Err("gone")
        };
        state
            .answers
            .insert(request.operation_id, Answered::Answer(answer.clone()));
        answer.map(Response::new).map_err(|_| gone())
    }

    async fn decline(
        &self,
        request: Request<DeclineRequest>,
    ) -> Result<Response<DeclineResponse>, Status> {
        let request = request.into_inner();
        self.entered("decline")
            .await?
            .free(&request.person_id, &request.call_id);
        self.ready().await;
        Ok(Response::new(DeclineResponse {
            not_responding: false,
        }))
    }

    async fn withdraw(
        &self,
        request: Request<WithdrawRequest>,
    ) -> Result<Response<WithdrawResponse>, Status> {
        let request = request.into_inner();
        {
            let mut state = self.entered("withdraw").await?;
            for person in &request.person_ids {
                state.free(person, &request.call_id);
            }
        }
        self.ready().await;
        Ok(Response::new(WithdrawResponse {}))
    }

    async fn renew(
        &self,
        request: Request<RenewRequest>,
    ) -> Result<Response<RenewResponse>, Status> {
        let request = request.into_inner();
        let state = self.entered("renew").await?;
        let held = |lock: &HeldLock| {
            let person = state.people.get(&lock.person_id);
            person.is_some_and(|person| person.held_by.as_deref() == Some(lock.call_id.as_str()))
        };
        let lost = request
            .locks
            .into_iter()
            .filter(|lock| !held(lock))
            .collect();
        Ok(Response::new(RenewResponse { lost }))
    }

    async fn release(
        &self,
        request: Request<ReleaseRequest>,
    ) -> Result<Response<ReleaseResponse>, Status> {
        let request = request.into_inner();
        self.entered("release")
            .await?
            .free(&request.person_id, &request.call_id);
        self.ready().await;
        Ok(Response::new(ReleaseResponse {}))
    }
}
