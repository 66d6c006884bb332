//! One service as a process: its settings file, its log, its life.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sandbox::keeper::{Keeper, Server, last_line};
use toml::Table;
use tonic::transport::Endpoint;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{MeshError, Options, Service, secrets::write_private};

const READY_WITHIN: Duration = Duration::from_secs(30);
const POLL_EVERY: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(crate) struct Process {
    service: Service,
    port: u16,
    binary: PathBuf,
    settings: PathBuf,
    log: PathBuf,
    running: Option<Keeper>,
}

/// A port for each service.
pub(crate) fn ports(first: u16) -> Result<BTreeMap<Service, u16>, MeshError> {
    // All are held until all are chosen, so that no two are the same.
    let mut held = Vec::new();
    for (offset, service) in (0..).zip(Service::ALL) {
        let wanted = if first == 0 {
            0
        } else {
            first.saturating_add(offset)
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted))
            .map_err(|_| MeshError::PortTaken(wanted))?;
        held.push((service, listener));
    }
    held.into_iter()
        .map(|(service, listener)| {
            let address = listener
                .local_addr()
                .map_err(MeshError::io("look at", "a port"))?;
            Ok((service, address.port()))
        })
        .collect()
}

impl Process {
    pub(crate) fn new(
        service: Service,
        options: &Options,
        port: u16,
        settings: &Table,
    ) -> Result<Self, MeshError> {
        let binary = options.binaries.join(service.name());
        if !binary.is_file() {
            return Err(MeshError::NotBuilt(binary));
        }
        let file = |ending| {
            options
                .directory
                .join(format!("{}.{ending}", service.name()))
        };
        let process = Self {
            service,
            port,
            binary,
            settings: file("toml"),
            log: file("log"),
            running: None,
        };
        write_private(&process.settings, &settings.to_string())?;
        fs::write(&process.log, "").map_err(MeshError::io("write", &process.log))?;
        Ok(process)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Brings the database up to date.
    pub(crate) async fn migrate(&self) -> Result<(), MeshError> {
        let output = tokio::process::Command::new(&self.binary)
            .arg("--config")
            .arg(&self.settings)
            .arg("migrate")
            .output()
            .await
            .map_err(MeshError::io("run", &self.binary))?;
        if output.status.success() {
            return Ok(());
        }
        let detail = last_line(&String::from_utf8_lossy(&output.stderr));
        Err(MeshError::NotReady {
            service: self.service.name(),
            detail,
            log: self.log.clone(),
        })
    }

    pub(crate) fn start(&mut self) -> Result<(), MeshError> {
        let log = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&self.log)
            .map_err(MeshError::io("open", &self.log))?;
        let server = Server {
            name: self.service.name(),
            program: &self.binary,
            arguments: vec!["--config".to_owned(), self.settings.display().to_string()],
            stop_signal: "TERM",
            account: None,
        };
        self.running = Some(Keeper::start(&server, log)?);
        Ok(())
    }

    /// Waits until the service says that it serves.
    pub(crate) async fn ready(&mut self) -> Result<(), MeshError> {
        let started = Instant::now();
        loop {
            if self.serves().await {
                return Ok(());
            }
            if self.ended() || started.elapsed() > READY_WITHIN {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                return Err(MeshError::NotReady {
                    service: self.service.name(),
                    detail: last_line(&log),
                    log: self.log.clone(),
                });
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
    }

    async fn serves(&self) -> bool {
        let Ok(endpoint) = Endpoint::from_shared(format!("http://127.0.0.1:{}", self.port)) else {
            return false;
        };
        let Ok(channel) = endpoint.timeout(Duration::from_secs(1)).connect().await else {
            return false;
        };
        let request = HealthCheckRequest {
            service: String::new(),
        };
        let answer = HealthClient::new(channel).check(request).await;
        answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
    }

    pub(crate) fn ended(&mut self) -> bool {
        self.running.as_mut().is_none_or(Keeper::ended)
    }

    pub(crate) fn running(&self) -> Result<&Keeper, MeshError> {
        let name = self.service.name();
        self.running.as_ref().ok_or(MeshError::NotStarted(name))
    }

    pub(crate) fn kill(&mut self) -> Result<(), MeshError> {
        match self.running.take() {
            Some(keeper) => {
                keeper.kill();
                Ok(())
            }
            None => Err(MeshError::NotStarted(self.service.name())),
        }
    }

    pub(crate) fn stop(&mut self) -> Result<(), MeshError> {
        match self.running.take() {
            Some(mut keeper) => Ok(keeper.stop()?),
            None => Ok(()),
        }
    }
}
