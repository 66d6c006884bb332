//! One company on a presence service of its own: people with telephones, queues, and the clients
//! of everybody who talks to presence.

use std::time::Duration;

use access::{KeySet, Permission, Role};
use api::{
    directory::v1::{Device, Extension, Plan, Queue, QueueMember, QueueStrategy},
    presence::v1::{
        EndWrapUpRequest, GetPersonRequest, HeartbeatRequest, Mode, Person, SetModeRequest, State,
        floor_service_client::FloorServiceClient, presence_service_client::PresenceServiceClient,
    },
};
use ids::{AccountId, DeviceId, QueueId, UserId};
use presence::Config;
use rpc::client::{Peer, Tokens};
use testkit::{Backends, Callers, eventually};

use crate::{directory::Directory, floor::persist};

pub(crate) type People = PresenceServiceClient<Peer>;
pub(crate) type Floor = FloorServiceClient<Peer>;

pub(crate) struct Office {
    pub(crate) account: AccountId,
    pub(crate) directory: Directory,
    pub(crate) plan: Plan,
    pub(crate) callers: Callers,
    pub(crate) live: live::Live,
    pub(crate) running: boot::Running,
}

/// A person and the one telephone on their desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Worker {
    pub(crate) id: UserId,
    pub(crate) device: DeviceId,
}

impl Office {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// With other settings than the defaults.
    pub(crate) async fn open_with(settings: impl FnOnce(&mut Config)) -> Self {
        Self::open_on(Backends::get().live_config(), settings).await
    }

    /// On a Redis of its own.
    pub(crate) async fn open_on(redis: live::Config, settings: impl FnOnce(&mut Config)) -> Self {
        let callers = Callers::new();
        let directory = Directory::start().await;
        let live = live::Live::new(&redis).unwrap();
        let running = serve(&redis, &directory, &callers, settings).await;
        let account = AccountId::generate();
        let plan = Plan {
            account_id: account.to_string(),
            time_zone: "UTC".into(),
            ..Plan::default()
        };
        directory.publish(plan.clone());
        Self {
            account,
            directory,
            plan,
            callers,
            live,
            running,
        }
    }

    /// People with an extension and a telephone each, all of them heard of a moment ago.
    pub(crate) async fn hire(&mut self, count: usize) -> Vec<Worker> {
        let workers: Vec<_> = (0..count).map(|_| self.add_extension()).collect();
        self.directory.publish(self.plan.clone());
        for worker in &workers {
            self.connect(*worker).await;
        }
        workers
    }

    pub(crate) fn add_extension(&mut self) -> Worker {
        let worker = Worker {
            id: UserId::generate(),
            device: DeviceId::generate(),
        };
        self.plan.extensions.push(Extension {
            person_id: worker.id.to_string(),
            devices: vec![Device {
                device_id: worker.device.to_string(),
                ..Device::default()
            }],
            ..Extension::default()
        });
        worker
    }

    /// One more telephone of somebody; returns once it may report.
    pub(crate) async fn second_phone(&mut self, worker: Worker) -> DeviceId {
        let device = DeviceId::generate();
        let person_id = worker.id.to_string();
        for extension in &mut self.plan.extensions {
            if extension.person_id == person_id {
                extension.devices.push(Device {
                    device_id: device.to_string(),
                    ..Device::default()
                });
            }
        }
        self.directory.publish(self.plan.clone());
        self.connect(worker).await;
        self.settled().await;
        device
    }

    /// A queue of these people, all in one tier.
    pub(crate) async fn queue(&mut self, strategy: QueueStrategy, members: &[Worker]) -> QueueId {
        let members = members
            .iter()
            .map(|member| (*member, 1, false))
            .collect::<Vec<_>>();
        self.queue_of(strategy, &members).await
    }

    /// A queue of people, each in a tier, static or dynamic.
    pub(crate) async fn queue_of(
        &mut self,
        strategy: QueueStrategy,
        members: &[(Worker, u32, bool)],
    ) -> QueueId {
        let queue = QueueId::generate();
        self.plan.queues.push(Queue {
            queue_id: queue.to_string(),
            strategy: strategy.into(),
            members: members
                .iter()
                .map(|(worker, tier, dynamic)| QueueMember {
                    person_id: worker.id.to_string(),
                    tier: *tier,
                    dynamic: *dynamic,
                })
                .collect(),
            ..Queue::default()
        });
        self.directory.publish(self.plan.clone());
        if let Some((worker, ..)) = members.first() {
            self.connect(*worker).await;
            self.settled().await;
        }
        queue
    }

    /// The plan as published is what Redis knows.
    pub(crate) async fn settled(&self) {
        let wanted = self.plan_version();
        let key = self.live.keys().key(
            live::Partition::of(self.account),
            format_args!("presence:account:{}", self.account),
        );
        eventually(Duration::from_secs(5), "the plan is applied", async || {
            let applied: Option<i64> = self
                .live
                .command("HGET")
                .key(&key)
                .arg("applied")
                .run()
                .await
                .unwrap();
            (applied == Some(wanted)).then_some(())
        })
        .await;
    }

    fn plan_version(&self) -> i64 {
        self.directory.version(self.account)
    }

    /// What routing has: a platform key with one right.
    pub(crate) fn routing(&self) -> Floor {
        let token = self.callers.service(None, &[Permission::FloorManage]);
        FloorServiceClient::new(self.peer(&token))
    }

    /// A plain user.
    pub(crate) fn user(&self, worker: Worker) -> People {
        let token = self.callers.person(self.account).named(worker.id).token();
        PresenceServiceClient::new(self.peer(&token))
    }

    /// Somebody who may see and force everybody.
    pub(crate) fn admin(&self) -> People {
        let admin = self.callers.person(self.account).with_roles(&[Role::Admin]);
        PresenceServiceClient::new(self.peer(&admin.token()))
    }

    /// The same, who asks once and does not try again.
    pub(crate) fn admin_once(&self) -> People {
        let admin = self.callers.person(self.account).with_roles(&[Role::Admin]);
        PresenceServiceClient::new(self.peer_once(&admin.token()))
    }

    /// Routing, likewise.
    pub(crate) fn routing_once(&self) -> Floor {
        let token = self.callers.service(None, &[Permission::FloorManage]);
        FloorServiceClient::new(self.peer_once(&token))
    }

    fn peer_once(&self, token: &str) -> Peer {
        let mut config = rpc::client::Config::plain(self.running.uri());
        config.retries = 0;
        Peer::new("presence", &config, Some(Tokens::fixed(token))).unwrap()
    }

    pub(crate) fn peer(&self, token: &str) -> Peer {
        Peer::to(self.running.uri(), Some(Tokens::fixed(token))).unwrap()
    }

    /// One heartbeat of the person's telephone.
    pub(crate) async fn connect(&self, worker: Worker) {
        let request = HeartbeatRequest {
            device_id: worker.device.to_string(),
            ..HeartbeatRequest::default()
        };
        let app = self.user(worker);
        persist(|| {
            let (mut app, request) = (app.clone(), request.clone());
            async move { app.heartbeat(request).await }
        })
        .await
        .unwrap();
    }

    pub(crate) async fn choose(&self, worker: Worker, mode: Mode) -> Person {
        let request = SetModeRequest {
            request_id: fresh_name(),
            mode: mode.into(),
            ..SetModeRequest::default()
        };
        self.user(worker)
            .set_mode(request)
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn end_wrap_up(&self, worker: Worker) -> Person {
        let request = EndWrapUpRequest {
            request_id: fresh_name(),
        };
        self.user(worker)
            .end_wrap_up(request)
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn look_at(&self, worker: Worker) -> Person {
        let request = GetPersonRequest {
            person_id: worker.id.to_string(),
        };
        self.admin().get_person(request).await.unwrap().into_inner()
    }

    pub(crate) async fn state_of(&self, worker: Worker) -> State {
        self.look_at(worker).await.state()
    }

    /// Waits until colleagues see the person like this.
    pub(crate) async fn becomes(&self, worker: Worker, state: State, within: Duration) {
        eventually(
            within,
            &format!("{} becomes {state:?}", worker.id),
            async || (self.state_of(worker).await == state).then_some(()),
        )
        .await;
    }
}

/// A name that no operation or request had before.
pub(crate) fn fresh_name() -> String {
    ids::EventId::generate().to_string()
}

pub(crate) async fn serve(
    redis: &live::Config,
    directory: &Directory,
    callers: &Callers,
    settings: impl FnOnce(&mut Config),
) -> boot::Running {
    let overrides = [
        ("server.listen", "127.0.0.1:0"),
        ("redis.url", &redis.url),
        ("redis.namespace", &redis.namespace),
        ("directory.addresses", directory.uri()),
        // A test may speak for somebody elsewhere.
        ("clients.trusted_proxies", "127.0.0.0/8"),
    ];
    let mut config: Config = boot::settings("presence", &overrides).unwrap();
    settings(&mut config);
    let keys = KeySet::new([callers.public_key()]);
    let running = boot::start("presence", config, presence::build)
        .keys(keys)
        .await
        .unwrap();
    running.ready().await;
    running
}
