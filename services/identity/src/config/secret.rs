//! A secret, as value or as the path of a file.

use boot::Invalid;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

/// A secret in the configuration; empty is unset. Never printed.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Secret(SecretString);

impl Secret {
    /// The secret itself, or what the file beside it holds without the line break at its end;
    /// `None` if neither is set. `key` is the setting's name, that of the file is `{key}_file`.
    pub(super) fn or_file(
        &self,
        key: &str,
        file: &str,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Invalid> {
        let value = self.0.expose_secret();
        match (value.is_empty(), file.is_empty()) {
            (true, true) => Ok(None),
            (false, true) => Ok(Some(Zeroizing::new(value.as_bytes().to_vec()))),
            (false, false) => Err(Invalid::new(
                key,
                format!("is set together with {key}_file; choose one"),
            )),
            (true, false) => {
                let bytes = std::fs::read(file).map(Zeroizing::new);
                let bytes = bytes
                    .map_err(|error| Invalid::new(format!("{key}_file"), error.to_string()))?;
                match bytes.trim_ascii_end() {
                    [] => Err(Invalid::new(format!("{key}_file"), "the file is empty")),
                    text => Ok(Some(Zeroizing::new(text.to_vec()))),
                }
            }
        }
    }
}
