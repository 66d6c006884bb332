use std::pin::Pin;

use access::{Permission, network::Network};
use api::{
    access::v1::ErrorReason as AccessReason,
    presence::v1::{
        self, EndWrapUpRequest, ForceModeRequest, GetPersonRequest, HeartbeatRequest,
        HeartbeatResponse, ListPeopleRequest, ListPeopleResponse, LogInToQueueRequest,
        LogOutOfQueueRequest, QueueNextModeRequest, ReturnToReadyRequest, SetModeRequest,
        WatchPeopleRequest, WatchPeopleResponse, WhyBusyRequest, WhyBusyResponse,
        presence_service_server::PresenceService,
    },
};
use fault::Fault;
use futures::{Stream, StreamExt};
use ids::{RequestId, UserId};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    convert::{self, Fields},
    explain::explain,
    reach::{own, sight, visible},
    tokens,
};
use crate::{
    Error,
    app::App,
    domain::{Mode, Person, Source},
    live::ModeChange,
};

/// `PresenceService`, for people and their apps.
#[derive(Debug, Clone)]
pub struct Presence {
    app: App,
    trusted_proxies: Vec<Network>,
}

impl Presence {
    /// On this application. The proxies are those whose word about a client's address is
    /// believed.
    #[must_use]
    pub fn new(app: App, trusted_proxies: Vec<Network>) -> Self {
        Self {
            app,
            trusted_proxies,
        }
    }

    /// The answer of a method that changes a person.
    async fn changed(
        change: impl Future<Output = Result<Person, Error>>,
    ) -> Result<Response<v1::Person>, Status> {
        Ok(Response::new(convert::person(&change.await?)))
    }
}

const DEFAULT_PAGE: i32 = 100;
const LONGEST_PAGE: i32 = 1000;
const LONGEST_NOTE: usize = 200;

#[tonic::async_trait]
impl PresenceService for Presence {
    async fn heartbeat(
        &self,
        request: Request<HeartbeatRequest>,
    ) -> Result<Response<HeartbeatResponse>, Status> {
        let (account, person) = own(&request)?;
        let mut fields = Fields::default();
        let device = fields.parse("device_id", &request.get_ref().device_id);
        let device = fields.finish(device)?;
        let used_in = if request.get_ref().in_use {
            rpc::network(&request, &self.trusted_proxies)
        } else {
            String::new()
        };
        let expires = self
            .app
            .heartbeat(account, person, device, &used_in)
            .await?;
        let next_within = prost_types::Duration::try_from(self.app.settings().heartbeat);
        Ok(Response::new(HeartbeatResponse {
            lease_expire_time: Some(convert::timestamp(expires)),
            next_within: next_within.ok(),
        }))
    }

    async fn set_mode(
        &self,
        request: Request<SetModeRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let (account, person) = own(&request)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = fields.parse::<RequestId>("request_id", &request.request_id);
        let change = self.change(&mut fields, request.mode, request.until, request.note);
        let (id, (mode, until, note)) = fields.finish(id.zip(change))?;
        let change = ModeChange {
            mode,
            source: Source::Person,
            actor: person,
            until,
            note,
        };
        let id = own_request(person, &id);
        Self::changed(self.app.set_mode(account, &id, person, &change)).await
    }

    async fn queue_next_mode(
        &self,
        request: Request<QueueNextModeRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let (account, person) = own(&request)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = fields.parse::<RequestId>("request_id", &request.request_id);
        let wish = fields.word("mode", request.mode, |mode: v1::Mode| {
            Some(mode.try_into().ok())
        });
        let (id, wish) = fields.finish(id.zip(wish))?;
        let id = own_request(person, &id);
        Self::changed(self.app.queue_next_mode(account, &id, person, wish)).await
    }

    async fn force_mode(
        &self,
        request: Request<ForceModeRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let caller = rpc::caller(&request)?.clone();
        let (account, admin) = (caller.account_id()?, caller.user_id()?);
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = fields.parse::<RequestId>("request_id", &request.request_id);
        let person = fields.parse::<UserId>("person_id", &request.person_id);
        let change = self.change(&mut fields, request.mode, request.until, request.note);
        let ((id, person), (mode, until, note)) = fields.finish(id.zip(person).zip(change))?;
        visible(&self.app, &caller, Permission::PresenceForce, person).await?;
        let change = ModeChange {
            mode,
            source: Source::Admin,
            actor: admin,
            until,
            note,
        };
        let id = format!("{admin} {person} {id}");
        Self::changed(self.app.set_mode(account, &id, person, &change)).await
    }

    async fn end_wrap_up(
        &self,
        request: Request<EndWrapUpRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let (account, person) = own(&request)?;
        let id = request_id(person, &request.get_ref().request_id)?;
        Self::changed(self.app.end_wrap_up(account, &id, person)).await
    }

    async fn return_to_ready(
        &self,
        request: Request<ReturnToReadyRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let (account, person) = own(&request)?;
        let id = request_id(person, &request.get_ref().request_id)?;
        Self::changed(self.app.return_to_ready(account, &id, person)).await
    }

    async fn log_in_to_queue(
        &self,
        request: Request<LogInToQueueRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let (account, person) = own(&request)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = fields.parse::<RequestId>("request_id", &request.request_id);
        let queue = fields.parse("queue_id", &request.queue_id);
        let (id, queue) = fields.finish(id.zip(queue))?;
        let id = own_request(person, &id);
        Self::changed(self.app.log_in(account, &id, person, queue, true)).await
    }

    async fn log_out_of_queue(
        &self,
        request: Request<LogOutOfQueueRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let (account, person) = own(&request)?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let id = fields.parse::<RequestId>("request_id", &request.request_id);
        let queue = fields.parse("queue_id", &request.queue_id);
        let (id, queue) = fields.finish(id.zip(queue))?;
        let id = own_request(person, &id);
        Self::changed(self.app.log_in(account, &id, person, queue, false)).await
    }

    async fn get_person(
        &self,
        request: Request<GetPersonRequest>,
    ) -> Result<Response<v1::Person>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let mut fields = Fields::default();
        let person = fields.parse("person_id", &request.get_ref().person_id);
        let person = fields.finish(person)?;
        visible(&self.app, caller, Permission::PresenceRead, person).await?;
        Self::changed(self.app.person(account, person)).await
    }

    async fn list_people(
        &self,
        request: Request<ListPeopleRequest>,
    ) -> Result<Response<ListPeopleResponse>, Status> {
        let caller = rpc::caller(&request)?.clone();
        let account = caller.account_id()?;
        let request = request.into_inner();
        let mut fields = Fields::default();
        let size = page_size(&mut fields, request.page_size);
        let queue = fields.parse_optional("queue_id", &request.queue_id);
        let (size, queue) = fields.finish(size.zip(queue))?;
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(tokens::read_page(token, account, queue).ok_or_else(wrong_page)?),
        };
        let sight = sight(&caller, Permission::PresenceRead)?;
        let listing = self.app.people(account, &sight, queue, after, size);
        let listing = listing.await?;
        Ok(Response::new(ListPeopleResponse {
            people: listing.people.iter().map(convert::person).collect(),
            next_page_token: listing
                .next
                .map(|last| tokens::page(account, queue, last))
                .unwrap_or_default(),
        }))
    }

    type WatchPeopleStream =
        Pin<Box<dyn Stream<Item = Result<WatchPeopleResponse, Status>> + Send>>;

    async fn watch_people(
        &self,
        request: Request<WatchPeopleRequest>,
    ) -> Result<Response<Self::WatchPeopleStream>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let token = request.get_ref().resume_token.as_str();
        let mut fields = Fields::default();
        let resume = if token.is_empty() {
            Some(None)
        } else {
            let place = tokens::read_resume(token, account);
            fields.root().must(
                place.is_some(),
                "resume_token",
                "must be from an earlier message",
            );
            place.map(Some)
        };
        let resume = fields.finish(resume)?;
        let sight = sight(caller, Permission::PresenceRead)?;
        let watcher = self.app.watch(account, sight, resume).await?;
        let messages = ReceiverStream::new(watcher).map(move |seen| match seen {
            Ok(seen) => Ok(convert::seen(account, &seen)),
            Err(error) => Err(error.into()),
        });
        Ok(Response::new(Box::pin(messages)))
    }

    async fn why_busy(
        &self,
        request: Request<WhyBusyRequest>,
    ) -> Result<Response<WhyBusyResponse>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let mut fields = Fields::default();
        let person = fields.parse("person_id", &request.get_ref().person_id);
        let person = fields.finish(person)?;
        visible(&self.app, caller, Permission::PresenceRead, person).await?;
        let person = self.app.person(account, person).await?;
        Ok(Response::new(WhyBusyResponse {
            lock: person.lock.as_ref().map(convert::lock),
            offered_call_ids: person.offers.keys().map(ToString::to_string).collect(),
            explanation: explain(&person),
        }))
    }
}

impl Presence {
    fn change(
        &self,
        fields: &mut Fields,
        mode: i32,
        until: Option<prost_types::Timestamp>,
        note: String,
    ) -> Option<(Mode, Option<crate::domain::Instant>, String)> {
        let mode = fields.word("mode", mode, |mode: v1::Mode| Mode::try_from(mode).ok());
        let until = fields.until(until, self.app.clock().now());
        let short = note.chars().count() <= LONGEST_NOTE;
        let plain = !note.chars().any(char::is_control);
        let must = format!("must be at most {LONGEST_NOTE} characters, without control characters");
        let note = fields
            .root()
            .must(short && plain, "note", must)
            .then_some(note);
        let ((mode, until), note) = mode.zip(until).zip(note)?;
        Some((mode, until, note))
    }
}

/// A request id is the client's own word: two people may use the same.
fn own_request(person: UserId, id: &RequestId) -> String {
    format!("{person} {id}")
}

fn request_id(person: UserId, text: &str) -> Result<String, Fault> {
    let mut fields = Fields::default();
    let id = fields.parse::<RequestId>("request_id", text);
    Ok(own_request(person, &fields.finish(id)?))
}

fn page_size(fields: &mut Fields, size: i32) -> Option<usize> {
    let size = if size == 0 { DEFAULT_PAGE } else { size };
    fields
        .root()
        .must(size > 0, "page_size", "must not be negative")
        .then(|| size.min(LONGEST_PAGE).unsigned_abs() as usize)
}

fn wrong_page() -> Fault {
    Fault::field(
        AccessReason::PageTokenInvalid,
        "page_token",
        "must be the next_page_token of an answer to the same query",
    )
}
