//! What the kept answer of a repeated request may hold.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};

use super::{
    App,
    vault::{Purpose, VaultError},
};
use crate::error::Error;

/// Who owns the sealed tokens in kept answers.
const INVITATIONS: &str = "invitations";

impl App {
    /// An invitation's token as the kept answer holds it: a repeat must get the same token, yet
    /// a copy of the database must not hold one.
    pub fn seal_token(&self, token: &str) -> Result<String, Error> {
        let sealed = self
            .vault
            .seal(Purpose::Replay, INVITATIONS, token.as_bytes())?;
        Ok(BASE64.encode(sealed))
    }

    /// The token in a kept answer; empty stays empty.
    pub fn open_token(&self, sealed: &str) -> Result<String, Error> {
        if sealed.is_empty() {
            return Ok(String::new());
        }
        let bytes = BASE64.decode(sealed).map_err(|_| VaultError::Sealed)?;
        let token = self.vault.open(Purpose::Replay, INVITATIONS, &bytes)?;
        Ok(String::from_utf8_lossy(&token).into_owned())
    }

    /// A password as the print of a request holds it. A plain digest of a request with a
    /// password could be guessed at leisure.
    #[must_use]
    pub fn print_password(&self, password: &str) -> String {
        if password.is_empty() {
            String::new()
        } else {
            BASE64.encode(self.vault.print(password.as_bytes()))
        }
    }
}
