//! The demo company of a mesh that stays: founded once, found again later.

use anyhow::bail;

use crate::{
    answer::{reason, refusal},
    demo::company::{Founding, found},
    home::{Claim, Credentials},
    session::{Addresses, Session},
};

/// How often other telephone numbers are tried when they are taken.
const ATTEMPTS: u32 = 5;

/// Makes sure that there is a company one can sign in to.
///
/// The credentials outlive the databases when those are moved away or
/// configured otherwise; then a new company is founded.
pub(super) async fn ensure(
    claim: &Claim,
    services: &Addresses,
    bootstrap_key: &str,
) -> anyhow::Result<()> {
    if let Some(Credentials { email, password, .. }) = claim.home().credentials()? {
        match Session::try_sign_in(services, &email, &password).await? {
            Ok(_) => return Ok(()),
            Err(status) if reason(&status).as_deref() == Some("CREDENTIALS_REJECTED") => {}
            Err(status) => return Err(refusal(&format!("sign in as {email}"), &status)),
        }
    }
    for _ in 0..ATTEMPTS {
        let founding = Founding::unlike_any_other();
        match found(services, bootstrap_key, &founding).await {
            Ok(company) => {
                return claim.keep(&Credentials {
                    account: company.owner().account.clone(),
                    email: founding.owner_email(),
                    password: founding.password,
                });
            }
            Err(error) if error.to_string().contains("NUMBER_TAKEN") => {}
            Err(error) => return Err(error),
        }
    }
    bail!("every telephone number tried is taken; move the database away to start afresh")
}
