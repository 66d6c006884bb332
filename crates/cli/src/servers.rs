//! The Postgres and Redis behind the mesh: private ones, or those that
//! `DATABASE_URL` and `REDIS_URL` name.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use sandbox::{Options, Sandbox};

/// What the mesh keeps its data in. Dropping it stops what was started.
#[derive(Debug)]
pub(crate) enum Servers {
    /// Ours.
    Private(Sandbox),
    /// Somebody else's, by their URLs.
    Configured {
        /// A superuser's URL of Postgres.
        postgres: String,
        /// The URL of Redis.
        redis: String,
    },
}

impl Servers {
    /// Those that the environment names, if it does.
    pub(crate) fn configured() -> anyhow::Result<Option<Self>> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (variable("DATABASE_URL"), variable("REDIS_URL")) {
            (Some(postgres), Some(redis)) => Ok(Some(Self::Configured { postgres, redis })),
            (None, None) => Ok(None),
            (Some(_), None) => bail!("DATABASE_URL is set, REDIS_URL is not; set both or none"),
            (None, Some(_)) => bail!("REDIS_URL is set, DATABASE_URL is not; set both or none"),
        }
    }

    /// Private ones with their data in `directory`.
    pub(crate) async fn kept(directory: &Path) -> anyhow::Result<Self> {
        start(Options::kept(directory)).await
    }

    /// Private ones whose data goes when they stop.
    pub(crate) async fn scratch() -> anyhow::Result<Self> {
        start(Options::scratch()).await
    }

    /// The superuser's URL of Postgres.
    pub(crate) fn postgres(&self) -> String {
        match self {
            Self::Private(sandbox) => sandbox.database_url("postgres"),
            Self::Configured { postgres, .. } => postgres.clone(),
        }
    }

    /// The URL of Redis.
    pub(crate) fn redis(&self) -> String {
        match self {
            Self::Private(sandbox) => sandbox.redis_url(),
            Self::Configured { redis, .. } => redis.clone(),
        }
    }

    /// Stops what was started.
    pub(crate) fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Private(sandbox) => Ok(sandbox.stop()?),
            Self::Configured { .. } => Ok(()),
        }
    }
}

async fn start(options: Options) -> anyhow::Result<Servers> {
    let started = tokio::task::spawn_blocking(move || Sandbox::start(&options)).await?;
    Ok(Servers::Private(started?))
}

/// The folder with the five services: the one this program is in.
pub(crate) fn binaries() -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe().context("cannot find out where this program is")?;
    Ok(here.parent().unwrap_or(Path::new(".")).to_owned())
}
