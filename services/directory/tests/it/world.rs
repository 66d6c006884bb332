//! One directory of a test's own, with an identity beside it and companies in it.

use std::sync::atomic::{AtomicU32, Ordering};

use access::{KeySet, Permission, Role};
use api::{
    directory::v1::{
        CreateExtensionRequest, CreateMenuRequest, CreateNumberRequest, CreateQueueRequest,
        CreateRingGroupRequest, CreateScheduleRequest, Extension, Menu, Number, Plan, Queue,
        QueueMember, RingGroup, Schedule, Target, extension_service_client::ExtensionServiceClient,
        get_plan_request::By, menu_service_client::MenuServiceClient,
        number_service_client::NumberServiceClient, plan_service_client::PlanServiceClient,
        queue_service_client::QueueServiceClient,
        ring_group_service_client::RingGroupServiceClient,
        schedule_service_client::ScheduleServiceClient, split_service_client::SplitServiceClient,
        target::Kind,
    },
    identity::v1::UserState,
};
use ids::{AccountId, UserId};
use rpc::Peer;
use testkit::{Backends, Callers, Database};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::identity::Identity;

/// How many milliseconds to wait for a connection: a busy machine is no reason to fail a test.
const PATIENT: &str = "10000";

/// A running directory.
pub(crate) struct World {
    /// Its database, to look behind the curtain.
    pub(crate) database: Database,
    /// Its Redis, likewise.
    pub(crate) live: live::Live,
    /// Who is asked about people.
    pub(crate) identity: Identity,
    /// Makes tokens.
    pub(crate) callers: Callers,
    /// The service.
    pub(crate) running: boot::Running,
    identity_uri: String,
    redis: live::Config,
    names: AtomicU32,
}

/// A company with an administrator.
pub(crate) struct Company {
    /// Which.
    pub(crate) id: AccountId,
    /// To call as its administrator.
    pub(crate) admin: As,
    identity: Identity,
    names: AtomicU32,
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct As {
    uri: String,
    token: String,
}

impl World {
    /// A service with an empty database.
    pub(crate) async fn start() -> Self {
        let database = Database::migrated("directory", directory::MIGRATIONS).await;
        Self::start_on(database).await
    }

    /// A service with this database, reached at its own address.
    pub(crate) async fn start_on(database: Database) -> Self {
        let url = database.url().to_owned();
        Self::start_through(database, &url, PATIENT).await
    }

    /// A service with this database, reached at another address.
    pub(crate) async fn start_through(database: Database, url: &str, patience: &str) -> Self {
        let callers = Callers::new();
        let redis = Backends::get().live_config();
        let (identity, identity_uri) = Identity::start(callers.verifier()).await;
        let running = launch(url, patience, &redis, &identity_uri, &callers).await;
        Self {
            live: live::Live::new(&redis).unwrap(),
            database,
            identity,
            callers,
            running,
            identity_uri,
            redis,
            names: AtomicU32::new(0),
        }
    }

    /// Another service like this one, on the same stores.
    pub(crate) async fn replica(&self) -> boot::Running {
        launch(
            self.database.url(),
            PATIENT,
            &self.redis,
            &self.identity_uri,
            &self.callers,
        )
        .await
    }

    /// A company without a phone system yet.
    pub(crate) fn company(&self) -> Company {
        let id = AccountId::generate();
        let admin = self.callers.person(id).with_roles(&[Role::Admin]);
        Company {
            id,
            admin: self.holder(admin.token()),
            identity: self.identity.clone(),
            names: AtomicU32::new(10),
        }
    }

    /// Somebody in a company, with this role.
    pub(crate) fn colleague(&self, company: &Company, role: Role) -> As {
        self.holder(self.callers.person(company.id).with_roles(&[role]).token())
    }

    /// A service of the mesh.
    pub(crate) fn platform(&self) -> As {
        self.holder(self.callers.service(None, &[Permission::PlansRead]))
    }

    /// Whoever holds this token.
    pub(crate) fn holder(&self, token: String) -> As {
        As {
            uri: self.running.uri(),
            token,
        }
    }

    /// The current plan of an account.
    pub(crate) async fn plan(&self, account: AccountId) -> Result<Plan, Status> {
        let answer = self
            .platform()
            .get_plan(By::AccountId(account.to_string()), 0)
            .await?;
        Ok(answer.plan.unwrap())
    }

    /// A number in Berlin that nobody has.
    pub(crate) fn number(&self) -> String {
        format!(
            "+493090{:04}",
            1000 + self.names.fetch_add(1, Ordering::Relaxed)
        )
    }
}

async fn launch(
    url: &str,
    patience: &str,
    redis: &live::Config,
    identity: &str,
    callers: &Callers,
) -> boot::Running {
    let settings = [
        ("server.listen", "127.0.0.1:0"),
        ("postgres.url", url),
        ("postgres.min_connections", "0"),
        ("postgres.acquire_timeout_ms", patience),
        ("redis.url", redis.url.as_str()),
        ("redis.namespace", redis.namespace.as_str()),
        ("identity.peer.addresses", identity),
    ];
    let config = boot::settings("directory", &settings).unwrap();
    let starting = boot::start("directory", config, directory::build);
    let running = starting
        .keys(KeySet::new([callers.public_key()]))
        .await
        .unwrap();
    running.ready().await;
    running
}

impl As {
    /// The same caller at another replica.
    pub(crate) fn at(&self, replica: &boot::Running) -> Self {
        Self {
            uri: replica.uri(),
            token: self.token.clone(),
        }
    }

    fn peer(&self) -> Peer {
        Peer::to(
            self.uri.clone(),
            Some(rpc::client::Tokens::fixed(&self.token)),
        )
        .unwrap()
    }

    /// `ExtensionService`.
    pub(crate) fn extensions(&self) -> ExtensionServiceClient<Peer> {
        ExtensionServiceClient::new(self.peer())
    }

    /// `NumberService`.
    pub(crate) fn numbers(&self) -> NumberServiceClient<Peer> {
        NumberServiceClient::new(self.peer())
    }

    /// `RingGroupService`.
    pub(crate) fn ring_groups(&self) -> RingGroupServiceClient<Peer> {
        RingGroupServiceClient::new(self.peer())
    }

    /// `QueueService`.
    pub(crate) fn queues(&self) -> QueueServiceClient<Peer> {
        QueueServiceClient::new(self.peer())
    }

    /// `MenuService`.
    pub(crate) fn menus(&self) -> MenuServiceClient<Peer> {
        MenuServiceClient::new(self.peer())
    }

    /// `ScheduleService`.
    pub(crate) fn schedules(&self) -> ScheduleServiceClient<Peer> {
        ScheduleServiceClient::new(self.peer())
    }

    /// `SplitService`.
    pub(crate) fn splits(&self) -> SplitServiceClient<Peer> {
        SplitServiceClient::new(self.peer())
    }

    /// `PlanService`.
    pub(crate) fn plans(&self) -> PlanServiceClient<Peer> {
        PlanServiceClient::new(self.peer())
    }

    /// The plan of an account or of a number.
    pub(crate) async fn get_plan(
        &self,
        by: By,
        known_version: i64,
    ) -> Result<api::directory::v1::GetPlanResponse, Status> {
        let request = api::directory::v1::GetPlanRequest {
            by: Some(by),
            known_version,
        };
        Ok(self.plans().get_plan(request).await?.into_inner())
    }

    /// Creates an extension.
    pub(crate) async fn create_extension(&self, extension: Extension) -> Result<Extension, Status> {
        let request = CreateExtensionRequest {
            request_id: request_id(),
            extension: Some(extension),
        };
        Ok(self
            .extensions()
            .create_extension(request)
            .await?
            .into_inner())
    }

    /// Creates a number.
    pub(crate) async fn create_number(&self, number: Number) -> Result<Number, Status> {
        let request = CreateNumberRequest {
            request_id: request_id(),
            number: Some(number),
        };
        Ok(self.numbers().create_number(request).await?.into_inner())
    }

    /// Creates a ring group.
    pub(crate) async fn create_ring_group(
        &self,
        ring_group: RingGroup,
    ) -> Result<RingGroup, Status> {
        let request = CreateRingGroupRequest {
            request_id: request_id(),
            ring_group: Some(ring_group),
        };
        Ok(self
            .ring_groups()
            .create_ring_group(request)
            .await?
            .into_inner())
    }

    /// Creates a queue.
    pub(crate) async fn create_queue(&self, queue: Queue) -> Result<Queue, Status> {
        let request = CreateQueueRequest {
            request_id: request_id(),
            queue: Some(queue),
        };
        Ok(self.queues().create_queue(request).await?.into_inner())
    }

    /// Creates a menu.
    pub(crate) async fn create_menu(&self, menu: Menu) -> Result<Menu, Status> {
        let request = CreateMenuRequest {
            request_id: request_id(),
            menu: Some(menu),
        };
        Ok(self.menus().create_menu(request).await?.into_inner())
    }

    /// Creates a schedule.
    pub(crate) async fn create_schedule(&self, schedule: Schedule) -> Result<Schedule, Status> {
        let request = CreateScheduleRequest {
            request_id: request_id(),
            schedule: Some(schedule),
        };
        Ok(self
            .schedules()
            .create_schedule(request)
            .await?
            .into_inner())
    }
}

impl Company {
    /// Somebody whom identity knows and who has no extension yet.
    pub(crate) fn hire(&self) -> UserId {
        let person = UserId::generate();
        self.identity.knows(person, self.id, UserState::Active);
        person
    }

    /// The extension of somebody new.
    pub(crate) async fn colleague(&self) -> Extension {
        let person = self.hire();
        self.admin
            .create_extension(self.extension(person))
            .await
            .unwrap()
    }

    /// An extension as one would create it.
    pub(crate) fn extension(&self, person: UserId) -> Extension {
        Extension {
            person_id: person.to_string(),
            short_number: self.names.fetch_add(1, Ordering::Relaxed).to_string(),
            display_name: "Ada".to_owned(),
            ..Extension::default()
        }
    }
}

/// A queue with these members.
pub(crate) fn queue(members: &[&Extension]) -> Queue {
    let members = members.iter().map(|extension| QueueMember {
        person_id: extension.person_id.clone(),
        ..QueueMember::default()
    });
    Queue {
        display_name: "Support".to_owned(),
        members: members.collect(),
        ..Queue::default()
    }
}

/// A ring group with these members.
pub(crate) fn ring_group(members: &[&Extension]) -> RingGroup {
    RingGroup {
        display_name: "Sales".to_owned(),
        member_ids: members
            .iter()
            .map(|extension| extension.person_id.clone())
            .collect(),
        ..RingGroup::default()
    }
}

/// A menu without keys.
pub(crate) fn menu() -> Menu {
    Menu {
        display_name: "Reception".to_owned(),
        prompt: "welcome".to_owned(),
        ..Menu::default()
    }
}

/// An unassigned number.
pub(crate) fn number(e164: &str) -> Number {
    Number {
        e164: e164.to_owned(),
        ..Number::default()
    }
}

/// A target.
pub(crate) fn to(kind: Kind) -> Option<Target> {
    Some(Target { kind: Some(kind) })
}

/// One that was never used.
pub(crate) fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The code and the reason of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    let details = status.get_error_details();
    let reason = details
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default();
    (status.code(), reason)
}

/// What a refusal says beside its reason.
pub(crate) fn metadata<T: std::fmt::Debug>(answer: Result<T, Status>, key: &str) -> String {
    let details = answer.unwrap_err().get_error_details();
    details
        .error_info()
        .and_then(|info| info.metadata.get(key).cloned())
        .unwrap_or_default()
}

/// The fields that were refused.
pub(crate) fn wrong_fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let details = answer.unwrap_err().get_error_details();
    let fields = details
        .bad_request()
        .map(|request| request.field_violations.clone());
    fields
        .unwrap_or_default()
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}
