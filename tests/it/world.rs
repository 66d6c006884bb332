//! The mesh that the tests share, and meshes of their own for those that break
//! something.

mod forge;

use std::{
    collections::BTreeMap,
    env, fs,
    future::Future,
    ops::Deref,
    path::{Path, PathBuf},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use company::{Addresses, Platform};
use edge::Edge;
use ids::EdgeId;
use mesh::{Mesh, Options, Service};
use testkit::{Backends, Callers};
use tokio::{
    runtime::Runtime,
    sync::{Mutex, OnceCell, RwLock},
};

/// One for all tests: connections outlive the test that made them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static SHARED: OnceCell<World> = OnceCell::const_new();
static QUIET: RwLock<()> = RwLock::const_new(());
static MESHES: AtomicU32 = AtomicU32::new(0);

/// Plays a test on the mesh that all share.
pub(crate) fn tell(story: impl AsyncFnOnce(&'static World)) {
    RUNTIME.block_on(async {
        let _beside_others = QUIET.read().await;
        story(SHARED.get_or_init(World::start).await).await;
    });
}

/// The same while no other test plays: for promises about time, which a
/// thousand bad requests next door would break.
pub(crate) fn tell_undisturbed(story: impl AsyncFnOnce(&'static World)) {
    RUNTIME.block_on(async {
        let _alone = QUIET.write().await;
        story(SHARED.get_or_init(World::start).await).await;
    });
}

/// Plays a test that brings its own mesh.
pub(crate) fn alone(story: impl Future<Output = ()>) {
    RUNTIME.block_on(async {
        let _beside_others = QUIET.read().await;
        story.await;
    });
}

/// A running mesh, its owner's keys, and an edge.
pub(crate) struct World {
    pub(crate) platform: Platform,
    pub(crate) edge: Edge,
    mesh: Mutex<Mesh>,
    addresses: BTreeMap<Service, String>,
    directory: PathBuf,
}

impl World {
    async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// A mesh with some settings of its own.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let backends = Backends::get();
        let number = MESHES.fetch_add(1, Ordering::Relaxed);
        let name = format!("mesh{}x{number}", std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
        if number == 0 {
            clear_former_runs();
        }
        let mut options = Options {
            binaries: binaries(),
            directory: directory.clone(),
            admin_url: backends.database_url,
            database_prefix: format!("{name}_"),
            redis_url: backends.redis_url,
            namespace: format!("{name}-"),
            collector: None,
            settings: settings(),
            first_port: 0,
        };
        change(&mut options);
        let mesh = Mesh::start(&options)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let addresses =
            BTreeMap::from(Service::ALL.map(|service| (service, mesh.address(service))));
        let at = |service| addresses[&service].clone();
        let five = Addresses {
            identity: at(Service::Identity),
            directory: at(Service::Directory),
            presence: at(Service::Presence),
            routing: at(Service::Routing),
            reporting: at(Service::Reporting),
        };
        let secrets = mesh.secrets();
        let platform =
            Platform::new(&five, secrets.bootstrap.clone(), secrets.edge.clone()).unwrap();
        let edge = Edge::attach(platform.edge(), EdgeId::generate())
            .await
            .unwrap();
        Self {
            platform,
            edge,
            mesh: Mutex::new(mesh),
            addresses,
            directory,
        }
    }

    /// Where a service listens.
    pub(crate) fn address(&self, service: Service) -> &str {
        &self.addresses[&service]
    }

    /// Kills a service without notice.
    pub(crate) async fn kill(&self, service: Service) {
        self.mesh.lock().await.kill(service).unwrap();
    }

    /// Stops a service in its tracks: its connections stay, and it says nothing.
    pub(crate) async fn freeze(&self, service: Service) {
        self.mesh.lock().await.freeze(service).unwrap();
    }

    /// Lets a service go on that was frozen.
    pub(crate) async fn thaw(&self, service: Service) {
        self.mesh.lock().await.thaw(service).unwrap();
    }

    /// Starts a service again that was killed.
    pub(crate) async fn restart(&self, service: Service) {
        let mut mesh = self.mesh.lock().await;
        // While it is down its port may be lent to a connection of another story.
        let again = async || {
            let started = mesh.restart(service).await;
            started.inspect_err(|error| println!("{error}")).ok()
        };
        testkit::eventually(crate::office::SOON, "it starts again", again).await;
    }

    /// Whoever signs with the key of this mesh's identity: any caller at all.
    pub(crate) async fn forge(&self) -> Callers {
        forge::callers(&self.directory).await
    }
}

/// A mesh for one test; its processes and files go with it.
pub(crate) struct OwnWorld(World);

impl OwnWorld {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        Self(World::with(change).await)
    }
}

impl Deref for OwnWorld {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Drop for OwnWorld {
    fn drop(&mut self) {
        // Nobody needs them any more, so they need not take leave.
        let mesh = self.0.mesh.get_mut();
        Service::ALL
            .into_iter()
            .for_each(|service| drop(mesh.kill(service)));
        // The logs of a test that failed say why.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0.directory);
        }
    }
}

/// The mesh that all share is never dropped, and its logs are worth reading
/// after a failure: they stay until the next run.
fn clear_former_runs() {
    for entry in fs::read_dir(env!("CARGO_TARGET_TMPDIR"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name
            .strip_prefix("mesh")
            .and_then(|name| name.split_once('x'));
        if process.is_some_and(|(id, _)| !Path::new("/proc").join(id).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A busy machine is no reason to fail: what is gone is still noticed at once,
/// because its connections break. And tests may say from which network they
/// come, so that nobody is slowed by another's guesses.
fn settings() -> Vec<(Service, String, String)> {
    let with_tables = [Service::Identity, Service::Directory, Service::Reporting];
    let redis = Service::ALL.map(|service| (service, "redis.response_timeout_ms", 5000));
    let postgres = with_tables.map(|service| (service, "postgres.acquire_timeout_ms", 5000));
    let patience = redis.into_iter().chain(postgres);
    let patience =
        patience.map(|(service, key, value)| (service, key.to_owned(), value.to_string()));
    let proxies = [Service::Identity, Service::Presence].map(|service| {
        let key = "clients.trusted_proxies".to_owned();
        (service, key, "127.0.0.0/8".to_owned())
    });
    patience.chain(proxies).collect()
}

/// The folder with the services: beside this very program's, because cargo
/// builds both with the same profile.
fn binaries() -> PathBuf {
    let program = env::current_exe().unwrap();
    let folder = program.parent().and_then(Path::parent).unwrap().to_owned();
    let missing: Vec<&str> = Service::ALL
        .iter()
        .map(|service| service.name())
        .filter(|name| !folder.join(name).is_file())
        .collect();
    assert!(
        missing.is_empty(),
        "{missing:?} are not in {}: run `cargo build --workspace`; `make test` does all of it",
        folder.display(),
    );
    folder
}
