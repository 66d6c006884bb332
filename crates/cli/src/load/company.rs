//! Companies full of people who answer: made once, kept, and signed in for each
//! run.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use api::{
    directory::v1::{
        CreateExtensionRequest, CreateNumberRequest, CreateQueueRequest, Device, DeviceKind,
        Extension, Number, Queue, QueueMember, Target,
        extension_service_client::ExtensionServiceClient,
        number_service_client::NumberServiceClient, queue_service_client::QueueServiceClient,
        target::Kind,
    },
    identity::v1::{
        AcceptInvitationRequest, Account, CreateAccountRequest, InviteUserRequest, User,
        account_service_client::AccountServiceClient, user_service_client::UserServiceClient,
    },
    presence::v1::{
        HeartbeatRequest, ListPeopleRequest, State, presence_service_client::PresenceServiceClient,
    },
    reporting::v1::{ListCallRecordsRequest, call_record_service_client::CallRecordServiceClient},
    routing::v1::CallOutcome,
};
use chrono::{DateTime, Utc};
use clock::Clock;
use indicatif::{ProgressBar, ProgressStyle};
use mesh::{Secrets, Service};
use rpc::client::Tokens;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    answer::Doing as _,
    home::Home,
    session::{Addresses, Session},
};

/// Sign-ins at once: the hash takes a core, and two are enough.
const AT_ONCE: usize = 4;
/// Sign in again before the access token ends.
const SESSION_LIFE: Duration = Duration::from_secs(240);
const WRAP_UP: Duration = Duration::from_secs(1);
const SETTLE_WITHIN: Duration = Duration::from_secs(15);

/// A company that answers the phone.
pub(crate) struct Company {
    /// The number of its queue.
    pub(crate) number: String,
    owner: Session,
    people: usize,
    _heartbeats: DropGuard,
}

/// What is kept of a company between runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    number: String,
    password: String,
    /// E-mail and device of everybody, the owner first.
    people: Vec<(String, String)>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Book {
    companies: Vec<Kept>,
}

/// Makes the companies that are missing and has everybody ready.
pub(crate) async fn prepare(
    home: &Home,
    addresses: &Addresses,
    companies: usize,
    people: usize,
) -> anyhow::Result<Vec<Company>> {
    let secrets = Secrets::load_or_make(&home.mesh())?;
    let path = home.path().join("load.toml");
    let mut book: Book = match std::fs::read_to_string(&path) {
        Ok(text) => {
            toml::from_str(&text).with_context(|| format!("move {} away", path.display()))?
        }
        Err(_) => Book::default(),
    };
    book.companies
        .retain(|company| company.people.len() == people);
    let bar = progress(
        companies.saturating_sub(book.companies.len()) * people,
        "people hired",
    )?;
    while book.companies.len() < companies {
        let made = found(addresses, &secrets.bootstrap, people, &bar).await?;
        book.companies.push(made);
        std::fs::write(&path, toml::to_string(&book)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    bar.finish_and_clear();
    let bar = progress(companies * people, "people signed in")?;
    let mut ready = Vec::new();
    for kept in book.companies.into_iter().take(companies) {
        ready.push(open(addresses, kept, &bar).await?);
    }
    bar.finish_and_clear();
    Ok(ready)
}

async fn found(
    addresses: &Addresses,
    bootstrap: &str,
    size: usize,
    bar: &ProgressBar,
) -> anyhow::Result<Kept> {
    let name = request_id().replace('_', "-");
    let password = request_id();
    let key = Tokens::exchange(
        addresses.peer(Service::Identity, None)?,
        bootstrap.into(),
        Clock::system(),
    );
    let email = |n: usize| format!("p{n}@{name}.example");
    let account = CreateAccountRequest {
        request_id: request_id(),
        account: Some(Account {
            display_name: name.clone(),
            country_code: "DE".to_owned(),
            seats: u32::try_from(size)?,
            ..Account::default()
        }),
        owner_first_name: "Load".to_owned(),
        owner_last_name: "Owner".to_owned(),
        owner_email: email(0),
        owner_password: password.clone(),
    };
    let platform = addresses.peer(Service::Identity, Some(key))?;
    AccountServiceClient::new(platform)
        .create_account(account)
        .await
        .doing("create a company")?;
    let owner = Session::sign_in(addresses, &email(0), &password).await?;

    let users = UserServiceClient::new(owner.peer(Service::Identity)?);
    let open = UserServiceClient::new(addresses.peer(Service::Identity, None)?);
    let extensions = ExtensionServiceClient::new(owner.peer(Service::Directory)?);
    let hire = async |n: usize| {
        let person_id = match n {
            0 => owner.person.clone(),
            n => {
                let user = User {
                    first_name: "Load".to_owned(),
                    last_name: format!("Person {n}"),
                    email: email(n),
                    ..User::default()
                };
                let invite = InviteUserRequest {
                    request_id: request_id(),
                    user: Some(user),
                };
                let invited = users
                    .clone()
                    .invite_user(invite)
                    .await
                    .doing("invite somebody")?;
                let accept = AcceptInvitationRequest {
                    invitation_token: invited.invitation_token,
                    password: password.clone(),
                };
                open.clone()
                    .accept_invitation(accept)
                    .await
                    .doing("accept an invitation")?;
                invited.user.unwrap_or_default().user_id
            }
        };
        let device = Device {
            kind: DeviceKind::App.into(),
            label: "app".to_owned(),
            ..Device::default()
        };
        let extension = Extension {
            person_id: person_id.clone(),
            short_number: (1000 + n).to_string(),
            display_name: format!("Person {n}"),
            devices: vec![device],
            ..Extension::default()
        };
        let request = CreateExtensionRequest {
            request_id: request_id(),
            extension: Some(extension),
        };
        let made = extensions
            .clone()
            .create_extension(request)
            .await
            .doing("make an extension")?;
        bar.inc(1);
        let device = made
            .devices
            .into_iter()
            .next()
            .unwrap_or_default()
            .device_id;
        anyhow::Ok((person_id, device))
    };
    let mut people = Vec::new();
    let mut members = Vec::new();
    for n in 0..size {
        let (person_id, device) = hire(n).await?;
        people.push((email(n), device));
        members.push(QueueMember {
            person_id,
            ..QueueMember::default()
        });
    }
    let queue = Queue {
        display_name: "load".to_owned(),
        members,
        wrap_up: WRAP_UP.try_into().ok(),
        join_empty: true,
        ..Queue::default()
    };
    let directory = owner.peer(Service::Directory)?;
    let request = CreateQueueRequest {
        request_id: request_id(),
        queue: Some(queue),
    };
    let queue = QueueServiceClient::new(directory.clone())
        .create_queue(request)
        .await;
    let target = Target {
        kind: Some(Kind::QueueId(queue.doing("make a queue")?.queue_id)),
    };
    let number = format!(
        "+4930{:08}",
        ids::EventId::generate().uuid().as_u128() % 100_000_000
    );
    let number = Number {
        e164: number,
        target: Some(target),
        ..Number::default()
    };
    let request = CreateNumberRequest {
        request_id: request_id(),
        number: Some(number),
    };
    let number = NumberServiceClient::new(directory)
        .create_number(request)
        .await;
    Ok(Kept {
        number: number.doing("make a number")?.e164,
        password,
        people,
    })
}

/// Signs everybody in and keeps their devices alive.
async fn open(addresses: &Addresses, kept: Kept, bar: &ProgressBar) -> anyhow::Result<Company> {
    let stop = CancellationToken::new();
    let kept = Arc::new(kept);
    let mut owner = None;
    let mut signing_in = JoinSet::new();
    for n in 0..kept.people.len() {
        if signing_in.len() >= AT_ONCE {
            take(&mut signing_in, &mut owner, bar).await?;
        }
        let (addresses, kept, stop) = (addresses.clone(), kept.clone(), stop.clone());
        signing_in.spawn(async move {
            let (email, device) = &kept.people[n];
            let session = Session::sign_in(&addresses, email, &kept.password).await?;
            first_beat(&session, device).await?;
            tokio::spawn(stay(addresses, kept.clone(), n, session.clone(), stop));
            anyhow::Ok((n, session))
        });
    }
    while !signing_in.is_empty() {
        take(&mut signing_in, &mut owner, bar).await?;
    }
    Ok(Company {
        number: kept.number.clone(),
        owner: owner.context("the company has no people")?,
        people: kept.people.len(),
        _heartbeats: stop.drop_guard(),
    })
}

async fn take(
    signing_in: &mut JoinSet<anyhow::Result<(usize, Session)>>,
    owner: &mut Option<Session>,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    if let Some(done) = signing_in.join_next().await {
        let (n, session) = done??;
        if n == 0 {
            *owner = Some(session);
        }
        bar.inc(1);
    }
    Ok(())
}

/// One heartbeat after the other until the run is over.
async fn stay(
    addresses: Addresses,
    kept: Arc<Kept>,
    n: usize,
    mut session: Session,
    stop: CancellationToken,
) {
    let (email, device) = &kept.people[n];
    let mut since = Instant::now();
    let mut within = Duration::ZERO;
    while stop
        .run_until_cancelled(tokio::time::sleep(within))
        .await
        .is_some()
    {
        if since.elapsed() > SESSION_LIFE
            && let Ok(again) = Session::sign_in(&addresses, email, &kept.password).await
        {
            session = again;
            since = Instant::now();
        }
        // A missed beat is made up for by the next; the lease allows for two.
        within = beat(&session, device)
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
    };
    let mut presence = PresenceServiceClient::new(session.peer(Service::Presence)?);
    let answer = presence
        .heartbeat(request)
        .await
        .doing("send a heartbeat")?;
    let within = answer.next_within.and_then(|within| within.try_into().ok());
    Ok(within.unwrap_or(Duration::from_secs(15)))
}

impl Company {
    /// How many of these calls the report does not have, once it had its time.
    pub(crate) async fn missing(
        &self,
        calls: &HashSet<&str>,
        since: DateTime<Utc>,
    ) -> anyhow::Result<usize> {
        let mut missing = calls.len();
        let deadline = Instant::now() + SETTLE_WITHIN;
        while missing > 0 && Instant::now() < deadline {
            missing = calls.len() - self.reported(calls, since).await?;
        }
        Ok(missing)
    }

    async fn reported(&self, calls: &HashSet<&str>, since: DateTime<Utc>) -> anyhow::Result<usize> {
        let mut records = CallRecordServiceClient::new(self.owner.peer(Service::Reporting)?);
        let start_time = prost_types::Timestamp {
            // The mesh's clock may be a little behind ours.
            seconds: since.timestamp() - 5,
            nanos: 0,
        };
        let mut request = ListCallRecordsRequest {
            page_size: 1000,
            start_time: Some(start_time),
            ..ListCallRecordsRequest::default()
        };
        let mut found = 0;
        loop {
            let page = records
                .list_call_records(request.clone())
                .await
                .doing("list call records")?;
            found += page
                .call_records
                .iter()
                .filter(|record| calls.contains(record.call_id.as_str()))
                .filter(|record| record.outcome() == CallOutcome::Answered)
                .count();
            if page.next_page_token.is_empty() {
                return Ok(found);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// How many people do not become available again after their wrap-up.
    pub(crate) async fn stuck(&self) -> anyhow::Result<usize> {
        let mut presence = PresenceServiceClient::new(self.owner.peer(Service::Presence)?);
        let deadline = Instant::now() + SETTLE_WITHIN;
        loop {
            let request = ListPeopleRequest {
                page_size: 1000,
                ..ListPeopleRequest::default()
            };
            let people = presence
                .list_people(request)
                .await
                .doing("list people")?
                .people;
            let ready = people
                .iter()
                .filter(|person| person.state() == State::Available)
                .count();
            let stuck = self.people.saturating_sub(ready);
            if stuck == 0 || Instant::now() > deadline {
                return Ok(stuck);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn progress(steps: usize, what: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} {msg}")?;
    Ok(ProgressBar::new(steps as u64)
        .with_style(style)
        .with_message(what))
}

/// New for every request: each is sent once and repeated by the peer alone.
fn request_id() -> String {
    ids::EventId::generate().to_string()
}
