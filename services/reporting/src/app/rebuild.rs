//! Checking the report against its log, and mending it.

use ids::AccountId;

use super::App;
use crate::{
    error::Error,
    store::rebuild::{Difference, Keep, rebuild},
};

impl App {
    /// Folds the log of an account again and says where the report differs; nowhere, unless
    /// somebody changed a row or a formula.
    pub async fn check(&self, account: AccountId) -> Result<Vec<Difference>, Error> {
        rebuild(&self.store, account, Keep::Former).await
    }

    /// Puts what the log says in the place of the report; returns where it differed. The log must
    /// be whole: what was counted from months that have been dropped since would go.
    pub async fn rebuild(&self, account: AccountId) -> Result<Vec<Difference>, Error> {
        rebuild(&self.store, account, Keep::Rebuilt).await
    }
}
