//! The secrets of one mesh: made once, kept readable for their owner alone.

use std::{
    fmt, fs,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use store::provision::Provision;

use crate::{MeshError, Options, Service};

/// Keys and passwords.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Creates accounts: the platform's own key.
    pub bootstrap: String,
    /// The telephony edge's key.
    pub edge: String,
    /// Missing in the file of a mesh that an earlier version made.
    #[serde(default = "random")]
    pub(crate) directory: String,
    pub(crate) presence: String,
    pub(crate) routing: String,
    #[serde(default = "random")]
    pub(crate) reporting: String,
    pub(crate) master_key: String,
    pub(crate) pepper: String,
    database_password: String,
}

impl Secrets {
    /// The secrets of the mesh in a directory, made if there are none.
    ///
    /// # Errors
    ///
    /// When they cannot be read or written.
    pub fn load_or_make(directory: &Path) -> Result<Self, MeshError> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(directory)
            .map_err(MeshError::io("create", directory))?;
        let path = directory.join("secrets.toml");
        let secrets = match path.exists() {
            true => {
                let text = fs::read_to_string(&path).map_err(MeshError::io("read", &path))?;
                toml::from_str(&text).map_err(|error| MeshError::Secrets {
                    path: path.clone(),
                    why: error.message().to_owned(),
                })?
            }
            false => Self::make(),
        };
        let text = toml::to_string(&secrets).map_err(|error| MeshError::Secrets {
            path: path.clone(),
            why: error.to_string(),
        })?;
        write_private(&path, &text)?;
        Ok(secrets)
    }

    fn make() -> Self {
        Self {
            bootstrap: random(),
            edge: random(),
            directory: random(),
            presence: random(),
            routing: random(),
            reporting: random(),
            master_key: BASE64_STANDARD.encode(random_bytes::<32>()),
            pepper: random(),
            database_password: random(),
        }
    }

    /// Makes the database of a service and the role that owns it; both may be
    /// there already.
    pub(crate) async fn provision(
        &self,
        service: Service,
        options: &Options,
    ) -> Result<String, MeshError> {
        let name = format!("{}{}", options.database_prefix, service.name());
        Provision::of_service(&name, &self.database_password)
            .create(&options.admin_url)
            .await
            .map_err(|source| MeshError::Database {
                service: service.name(),
                source,
            })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// A file for its owner's eyes.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), MeshError> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(MeshError::io("write", path))
}

fn random() -> String {
    random_bytes::<24>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "secrets are random by nature; no decision rests on them"
)]
fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}
