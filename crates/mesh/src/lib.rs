//! The five services as processes on one machine: `strowger up`, the demo, and
//! the tests that need a process to kill.
//!
//! Owns the order of start (databases, migrations, services), the settings each
//! service is given, and the secrets between them, which are made once and kept
//! in the mesh's directory. Every process dies with its owner.
//!
//! Never knows what the services do, and never runs in production: there,
//! `deploy/` has the same five binaries.
//!
//! To add a service, add it to [`Service::ALL`] and its settings to
//! `settings.rs`.

mod error;
mod process;
mod secrets;
mod settings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use error::MeshError;
pub use secrets::Secrets;

use process::Process;

/// One of the five, in the order of start: whoever calls comes after whom it
/// calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// People, credentials, sessions.
    Identity,
    /// The phone system.
    Directory,
    /// Who can take a call.
    Presence,
    /// Where calls go.
    Routing,
    /// What happened.
    Reporting,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Identity,
        Self::Directory,
        Self::Presence,
        Self::Routing,
        Self::Reporting,
    ];

    /// The name of its binary, database and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Directory => "directory",
            Self::Presence => "presence",
            Self::Routing => "routing",
            Self::Reporting => "reporting",
        }
    }

    const fn has_database(self) -> bool {
        matches!(self, Self::Identity | Self::Directory | Self::Reporting)
    }
}

/// What a mesh is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with the five binaries.
    pub binaries: PathBuf,
    /// Settings, secrets and logs go here; made when missing.
    pub directory: PathBuf,
    /// A superuser's URL of Postgres.
    pub admin_url: String,
    /// Put before the name of every database; tests keep apart by it.
    pub database_prefix: String,
    /// The URL of Redis.
    pub redis_url: String,
    /// Put into every key; tests keep apart by it. Empty for `up`.
    pub namespace: String,
    /// An OTLP collector, `http://host:port`; `None` exports nothing.
    pub collector: Option<String>,
    /// Settings beside the usual ones: (service, `section.key`, value).
    pub settings: Vec<(Service, String, String)>,
    /// The first port; the services take this one and the four behind it. 0
    /// takes free ones.
    pub first_port: u16,
}

/// Five running services. Dropping it stops them.
#[derive(Debug)]
pub struct Mesh {
    processes: BTreeMap<Service, Process>,
    secrets: Secrets,
}

impl Mesh {
    /// Makes databases, migrates, starts all five and returns once all serve.
    ///
    /// # Errors
    ///
    /// A [`MeshError`] whose text is one line: what failed and what to do.
    pub async fn start(options: &Options) -> Result<Self, MeshError> {
        let secrets = Secrets::load_or_make(&options.directory)?;
        let ports = process::ports(options.first_port)?;
        let mut processes = BTreeMap::new();
        for service in Service::ALL {
            let database = match service.has_database() {
                true => Some(secrets.provision(service, options).await?),
                false => None,
            };
            let settings = settings::of(service, options, &secrets, &ports, database.as_deref());
            let process = Process::new(service, options, ports[&service], &settings)?;
            if service.has_database() {
                process.migrate().await?;
            }
            processes.insert(service, process);
        }
        for process in processes.values_mut() {
            process.start()?;
        }
        for process in processes.values_mut() {
            process.ready().await?;
        }
        Ok(Self { processes, secrets })
    }

    /// Where a service listens, `http://127.0.0.1:port`.
    pub fn address(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}", self.processes[&service].port())
    }

    /// The keys between the services, and of the edge.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Kills a service without notice, as a power cut would.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn kill(&mut self, service: Service) -> Result<(), MeshError> {
        self.process(service)?.kill()
    }

    /// Stops a service in its tracks, as a machine does that swaps: its
    /// connections stay open and nothing comes over them.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn freeze(&mut self, service: Service) -> Result<(), MeshError> {
        self.process(service)?.running()?.freeze();
        Ok(())
    }

    /// Lets a frozen service go on.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn thaw(&mut self, service: Service) -> Result<(), MeshError> {
        self.process(service)?.running()?.thaw();
        Ok(())
    }

    /// Starts a service again, on its old port, and waits until it serves.
    ///
    /// # Errors
    ///
    /// As for [`Mesh::start`].
    pub async fn restart(&mut self, service: Service) -> Result<(), MeshError> {
        let process = self.process(service)?;
        process.start()?;
        process.ready().await
    }

    /// What a service writes.
    ///
    /// # Errors
    ///
    /// When it is not part of this mesh.
    pub fn log(&self, service: Service) -> Result<&Path, MeshError> {
        let process = self
            .processes
            .get(&service)
            .ok_or(MeshError::NotStarted(service.name()))?;
        Ok(process.log())
    }

    /// The first service that has ended by itself, if any.
    pub fn casualty(&mut self) -> Option<Service> {
        self.processes
            .iter_mut()
            .find_map(|(service, process)| process.ended().then_some(*service))
    }

    /// Stops all five, callers first.
    ///
    /// # Errors
    ///
    /// When one had to be killed.
    pub fn stop(mut self) -> Result<(), MeshError> {
        let stopped: Vec<_> = self
            .processes
            .values_mut()
            .rev()
            .map(Process::stop)
            .collect();
        stopped.into_iter().collect()
    }

    fn process(&mut self, service: Service) -> Result<&mut Process, MeshError> {
        self.processes
            .get_mut(&service)
            .ok_or(MeshError::NotStarted(service.name()))
    }
}
