//! How another process finds a mesh that runs.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{MeshError, Secrets, Service, secrets::write_private};

/// Where the services of a running mesh listen, and its keys.
#[derive(Debug, Clone)]
pub struct Reach {
    addresses: BTreeMap<String, String>,
    /// The Redis it runs on.
    pub redis_url: String,
    /// The keys between the services, and of the edge.
    pub secrets: Secrets,
}

#[derive(Serialize, Deserialize)]
struct File {
    redis_url: String,
    addresses: BTreeMap<String, String>,
}

impl Reach {
    /// Reads what a running mesh has left in its directory; `None` when none
    /// runs there.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be read.
    pub fn find(directory: &Path) -> Result<Option<Self>, MeshError> {
        let path = path(directory);
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(MeshError::io("read", &path))?;
        let file: File = toml::from_str(&text)
            .map_err(|error| MeshError::Secrets { path, why: error.message().to_owned() })?;
        let secrets = Secrets::load_or_make(directory)?;
        Ok(Some(Self { addresses: file.addresses, redis_url: file.redis_url, secrets }))
    }

    /// Where a service listens, `http://127.0.0.1:port`.
    pub fn address(&self, service: Service) -> String {
        self.addresses.get(service.name()).cloned().unwrap_or_default()
    }

    pub(crate) fn leave(
        directory: &Path,
        redis_url: String,
        addresses: BTreeMap<String, String>,
    ) -> Result<(), MeshError> {
        let path = path(directory);
        let text = toml::to_string(&File { redis_url, addresses })
            .map_err(|error| MeshError::Secrets { path: path.clone(), why: error.to_string() })?;
        write_private(&path, &text)
    }

    pub(crate) fn forget(directory: &Path) {
        // Gone already is as good.
        let _ = fs::remove_file(path(directory));
    }
}

fn path(directory: &Path) -> PathBuf {
    directory.join("addresses.toml")
}
