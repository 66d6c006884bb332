//! One company, its stand-ins, a Redis namespace of its own, and as many replicas of routing as
//! a story needs.

use std::{sync::Arc, time::Duration};

use access::{KeySet, Permission, Role};
use api::{
    directory::v1::plan_service_server::PlanServiceServer,
    presence::v1::floor_service_server::FloorServiceServer,
    routing::v1::{
        Call, CallState, GetCallRequest, call_service_client::CallServiceClient,
        edge_service_client::EdgeServiceClient,
        waiting_line_service_client::WaitingLineServiceClient,
    },
};
use edge::Edge;
use ids::{EdgeId, UserId};
use live::{
    Live, Partition,
    event::{Envelope, Follower, Offset},
};
use rpc::client::{Peer, Tokens};
use testkit::{Backends, Callers, eventually};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use crate::{company::Company, directory::Directory, floor::Floor};

pub(crate) struct Town {
    pub(crate) company: Company,
    pub(crate) directory: Directory,
    pub(crate) floor: Floor,
    pub(crate) live: Live,
    pub(crate) callers: Callers,
    redis: live::Config,
    presence_url: String,
    directory_url: String,
    settings: Vec<(String, String)>,
}

/// A replica of routing.
pub(crate) struct Replica {
    pub(crate) running: boot::Running,
    pub(crate) url: String,
}

/// A replica on a runtime of its own, so that it can die as a process does: at once.
pub(crate) struct Apart {
    runtime: Option<tokio::runtime::Runtime>,
    url: String,
}

impl Apart {
    pub(crate) fn crash(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where a replica answers.
pub(crate) trait Address {
    fn url(&self) -> &str;
}

impl Address for Replica {
    fn url(&self) -> &str {
        &self.url
    }
}

impl Address for Apart {
    fn url(&self) -> &str {
        &self.url
    }
}

impl Town {
    pub(crate) async fn of(company: Company) -> Self {
        Self::on(Backends::get().live_config(), company).await
    }

    pub(crate) async fn on(redis: live::Config, company: Company) -> Self {
        let live = Live::new(&redis).unwrap();
        let directory = Directory::of(company.plan.clone());
        let people = [company.anna, company.ben];
        let floor = Floor::of(live.clone(), company.account, company.support, &people);
        Self {
            presence_url: serve(FloorServiceServer::new(floor.clone())).await,
            directory_url: serve(PlanServiceServer::new(directory.clone())).await,
            company,
            directory,
            floor,
            live,
            callers: Callers::new(),
            redis,
            settings: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    pub(crate) async fn replica(&self) -> Replica {
        let running = self.start().await;
        Replica {
            url: running.uri(),
            running,
        }
    }

    pub(crate) async fn replica_apart(self: &Arc<Self>) -> Apart {
        let (town, (sender, receiver)) = (self.clone(), oneshot::channel());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.spawn(async move {
            let running = town.start().await;
            sender.send(running.uri()).unwrap();
            std::future::pending::<()>().await;
            drop(running);
        });
        Apart {
            url: receiver.await.unwrap(),
            runtime: Some(runtime),
        }
    }

    async fn start(&self) -> boot::Running {
        let mut settings = vec![
            ("server.listen", "127.0.0.1:0"),
            ("redis.url", &self.redis.url),
            ("redis.namespace", &self.redis.namespace),
            ("presence.addresses", &self.presence_url),
            ("directory.addresses", &self.directory_url),
            ("routing.lease_ms", "500"),
        ];
        settings.extend(
            self.settings
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str())),
        );
        let config: routing::Config = boot::settings("routing", &settings).unwrap();
        let keys = KeySet::new([self.callers.public_key()]);
        let running = boot::start("routing", config, routing::build)
            .keys(keys)
            .await
            .unwrap();
        tokio::time::timeout(Duration::from_secs(30), running.ready())
            .await
            .unwrap();
        running
    }

    /// A peer that calls as an edge.
    pub(crate) fn edge_peer(&self, replica: &impl Address, edge: EdgeId) -> Peer {
        let token = self.callers.edge(edge, &[Permission::EdgeReport]);
        Peer::to(replica.url(), Some(Tokens::fixed(&token))).unwrap()
    }

    pub(crate) async fn edge(&self, replica: &impl Address) -> Edge {
        let id = EdgeId::generate();
        Edge::attach(self.edge_peer(replica, id), id).await.unwrap()
    }

    pub(crate) fn raw_edge(&self, replica: &impl Address, id: EdgeId) -> EdgeServiceClient<Peer> {
        EdgeServiceClient::new(self.edge_peer(replica, id))
    }

    /// A person of the company.
    pub(crate) fn person(&self, replica: &impl Address, who: UserId) -> CallServiceClient<Peer> {
        let token = self.callers.person(self.company.account).named(who).token();
        CallServiceClient::new(Peer::to(replica.url(), Some(Tokens::fixed(&token))).unwrap())
    }

    fn admin_peer(&self, replica: &impl Address) -> Peer {
        let admin = self
            .callers
            .person(self.company.account)
            .with_roles(&[Role::Admin]);
        Peer::to(replica.url(), Some(Tokens::fixed(&admin.token()))).unwrap()
    }

    pub(crate) fn admin(&self, replica: &impl Address) -> CallServiceClient<Peer> {
        CallServiceClient::new(self.admin_peer(replica))
    }

    pub(crate) fn lines(&self, replica: &impl Address) -> WaitingLineServiceClient<Peer> {
        WaitingLineServiceClient::new(self.admin_peer(replica))
    }

    /// Waiting lines, as somebody of the company sees them.
    pub(crate) fn lines_of(
        &self,
        replica: &impl Address,
        caller: &testkit::Person,
    ) -> WaitingLineServiceClient<Peer> {
        let tokens = Tokens::fixed(&caller.token());
        WaitingLineServiceClient::new(Peer::to(replica.url(), Some(tokens)).unwrap())
    }

    pub(crate) async fn call(&self, replica: &impl Address, call_id: &str) -> Call {
        let request = GetCallRequest {
            call_id: call_id.to_owned(),
        };
        self.admin(replica)
            .get_call(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// Waits until the call is in this state.
    pub(crate) async fn until(
        &self,
        replica: &impl Address,
        call_id: &str,
        state: CallState,
    ) -> Call {
        self.until_within(replica, call_id, state, Duration::from_secs(5))
            .await
    }

    pub(crate) async fn until_within(
        &self,
        replica: &impl Address,
        call_id: &str,
        state: CallState,
        within: Duration,
    ) -> Call {
        eventually(within, state.as_str_name(), async || {
            let call = self.call(replica, call_id).await;
            (call.state() == state).then_some(call)
        })
        .await
    }

    pub(crate) async fn until_free(&self, person: UserId) {
        eventually(Duration::from_secs(5), "the person is free", async || {
            self.floor.holder(person).is_none().then_some(())
        })
        .await;
    }

    /// Every event of the account so far.
    pub(crate) async fn events(&self) -> Vec<Envelope> {
        let partition = Partition::of(self.company.account);
        let mut follower = Follower::new(&self.live);
        let offsets = [(partition, Offset::START)];
        let entries = follower
            .read(&offsets, 10_000, Duration::from_millis(1))
            .await
            .unwrap();
        entries
            .into_iter()
            .map(|entry| entry.event.unwrap())
            .collect()
    }
}

async fn serve<S>(service: S) -> String
where
    S: tower::Service<
            http::Request<tonic::body::Body>,
            Response = http::Response<tonic::body::Body>,
            Error = std::convert::Infallible,
        > + tonic::server::NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    url
}
