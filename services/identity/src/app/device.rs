//! Devices that are known because somebody signed in on them.

use ids::UserId;
use subtle::ConstantTimeEq as _;

use super::App;
use crate::{domain::bearer::DeviceToken, error::Error};

impl App {
    /// The device behind a token, if it is one on which `user` signed in.
    pub(super) fn known_device(&self, token: &str, user: UserId) -> Option<DeviceToken> {
        let token = DeviceToken::decode(token).filter(|token| token.user == user)?;
        let print = self.vault.print(&DeviceToken::printed(user, &token.device));
        bool::from(print.ct_eq(&token.print)).then_some(token)
    }

    /// A device that is known from now on. Nothing is stored: the token proves itself.
    pub(super) fn new_device(&self, user: UserId) -> Result<DeviceToken, Error> {
        let mut device = [0; 16];
        device.copy_from_slice(&self.vault.secret()?[..16]);
        let print = self.vault.print(&DeviceToken::printed(user, &device));
        Ok(DeviceToken {
            user,
            device,
            print,
        })
    }
}
