//! Keys of machines.

use super::{App, token::AccessToken, vault::sha256};
use crate::{domain::platform_key, error::Error};

impl App {
    /// The secret of a key for an access token.
    pub fn exchange_key(&self, secret: &str) -> Result<AccessToken, Error> {
        let key = platform_key::find(&self.platform_keys, &sha256(secret.as_bytes())).ok_or_else(
            || {
                tracing::info!("an unknown service key was refused");
                Error::ServiceKey
            },
        )?;
        tracing::info!(name = key.name, "a platform key was exchanged");
        self.token_of_platform(key)
    }
}
