//! Settings: compiled-in defaults ← file ← environment ← flags.

mod keys;
mod redact;

use std::collections::HashMap;
use std::path::PathBuf;

use ::config::{Config, ConfigError, Environment, File, FileFormat};
use serde::de::DeserializeOwned;

use crate::section;

pub(crate) use redact::redacted;

/// The configuration of one service.
pub trait Settings: DeserializeOwned + Send + Sync + 'static {
    /// `config.toml`: every setting, documented.
    const DEFAULTS: &'static str;

    /// The `[server]` section.
    fn server(&self) -> &section::Server;

    /// The `[telemetry]` section.
    fn telemetry(&self) -> &section::Telemetry;

    /// The `[identity]` section. `None` in identity itself, which hands its
    /// keys to [`Context::verifier`](crate::Context) in `build`.
    fn identity(&self) -> Option<&section::Identity>;

    /// What no type can say: ranges, and settings that must fit each other.
    ///
    /// # Errors
    /// [`Invalid`] naming the setting; the process exits with 64.
    fn validate(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// A setting that cannot be used. One line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct Invalid {
    key: String,
    problem: String,
}

impl Invalid {
    /// `key` is the full path, `routing.lease_seconds`.
    pub fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self {
            key: key.into(),
            // Whatever a library writes, the operator gets one line.
            problem: problem.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// The full path of the setting.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Where settings come from beside the defaults.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) file: Option<PathBuf>,
    /// `STROWGER_<SERVICE>__SECTION__KEY`; `None` reads the process's own.
    pub(crate) environment: Option<HashMap<String, String>>,
    /// `section.key` and value.
    pub(crate) overrides: Vec<(String, String)>,
}

/// The defaults with some settings replaced; for tests. Neither files nor the
/// environment are looked at.
///
/// # Errors
/// [`Invalid`] for a setting that is unknown or has a wrong value.
pub fn settings<C: Settings>(service: &str, overrides: &[(&str, &str)]) -> Result<C, Invalid> {
    let sources = Sources {
        file: None,
        environment: Some(HashMap::new()),
        overrides: overrides
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    };
    read(merge::<C>(service, sources)?)
}

/// All sources together, with unknown keys refused.
pub(crate) fn merge<C: Settings>(service: &str, sources: Sources) -> Result<Config, Invalid> {
    let defaults = File::from_str(C::DEFAULTS, FileFormat::Toml);
    let known = Config::builder()
        .add_source(defaults.clone())
        .build()
        .map_err(invalid)?;
    let prefix = format!("STROWGER_{}", service.to_uppercase().replace('-', "_"));
    let mut builder = Config::builder().add_source(defaults);
    if let Some(path) = sources.file {
        if !path.is_file() {
            return Err(Invalid::new(
                "--config",
                format!("{} is not a file", path.display()),
            ));
        }
        builder = builder.add_source(File::from(path).format(FileFormat::Toml));
    }
    builder = builder.add_source(
        Environment::with_prefix(&prefix)
            .prefix_separator("__")
            .separator("__")
            .source(sources.environment),
    );
    for (key, value) in sources.overrides {
        builder = builder
            .set_override(key.as_str(), value)
            .map_err(|error| Invalid::new(key, error.to_string()))?;
    }
    let merged = builder.build().map_err(invalid)?;
    keys::refuse_unknown(&known, &merged)?;
    Ok(merged)
}

/// The typed settings, validated.
pub(crate) fn read<C: Settings>(merged: Config) -> Result<C, Invalid> {
    let settings: C = merged.try_deserialize().map_err(invalid)?;
    settings.validate()?;
    Ok(settings)
}

fn invalid(error: ConfigError) -> Invalid {
    match error {
        ConfigError::At {
            error,
            key: Some(key),
            ..
        } => Invalid::new(key, error.to_string()),
        ConfigError::Type {
            key: Some(key),
            unexpected,
            expected,
            ..
        } => Invalid::new(key, format!("is {unexpected}, must be {expected}")),
        ConfigError::NotFound(key) => Invalid::new(key, "is missing"),
        other => Invalid::new("configuration", other.to_string()),
    }
}

#[cfg(test)]
mod tests;
