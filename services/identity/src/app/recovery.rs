//! Recovery codes.

use ::store::Transaction;
use ids::{AccountId, UserId};
use zeroize::Zeroizing;

use super::{
    App,
    audit::Change,
    caller::{Origin, Person},
    factor::Proof,
};
use crate::{
    domain::recovery::{BYTES, COUNT, RecoveryCode},
    error::Error,
    store,
};

impl App {
    /// New recovery codes for the caller, in place of those from before.
    pub async fn regenerate_recovery_codes(
        &self,
        by: &Person,
        proof: Proof,
    ) -> Result<Vec<RecoveryCode>, Error> {
        self.reauthenticate(by, proof).await?;
        self.store
            .tenant_transaction(by.account, async |tx| {
                self.hold_caller(&tx, by).await?;
                store::totp_factor::find(&tx, by.account, by.user)
                    .await?
                    .ok_or(Error::FactorMissing)?;
                self.issue_recovery_codes(&tx, by.account, by.user, &by.origin)
                    .await
            })
            .await
    }

    /// New recovery codes in place of those from before.
    pub(super) async fn issue_recovery_codes(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        by: &Origin,
    ) -> Result<Vec<RecoveryCode>, Error> {
        let codes = (0..COUNT)
            .map(|_| {
                let random = Zeroizing::new(self.vault.secret()?);
                let mut code = [0; BYTES];
                code.copy_from_slice(&random[..BYTES]);
                Ok(RecoveryCode::new(code))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let digests: Vec<_> = codes
            .iter()
            .map(|code| self.vault.recovery_digest(user, code))
            .collect();
        let before = store::recovery_code::replace(tx, account, user, &digests).await?;
        Change::new("user.recovery_codes_replaced", user)
            .field("recovery_codes", before, codes.len())
            .record(tx, account, by)
            .await?;
        Ok(codes)
    }

    /// Uses a code of the person up; whether it was still good.
    pub(super) async fn spend_recovery_code(
        &self,
        tx: &Transaction,
        account: AccountId,
        user: UserId,
        code: &RecoveryCode,
        by: &Origin,
    ) -> Result<bool, Error> {
        let digest = self.vault.recovery_digest(user, code);
        if !store::recovery_code::spend(tx, account, user, &digest).await? {
            return Ok(false);
        }
        let left = store::recovery_code::count(tx, account, user).await?;
        Change::new("user.recovery_code_used", user)
            .field("recovery_codes", left + 1, left)
            .record(tx, account, by)
            .await?;
        Ok(true)
    }
}
