//! The demo company of a mesh that stays: founded once, found again later.

use company::Platform;
use mesh::Secrets;

use crate::{
    answer::{reason, refusal},
    demo::office::Office,
    home::{Claim, Credentials},
    session::{Addresses, Session},
};

/// Makes sure that there is a company one can sign in to.
///
/// The credentials outlive the databases when those are moved away or
/// configured otherwise; then a new company is founded.
pub(super) async fn ensure(
    claim: &Claim,
    services: &Addresses,
    secrets: &Secrets,
) -> anyhow::Result<()> {
    if let Some(Credentials {
        email, password, ..
    }) = claim.home().credentials()?
    {
        match Session::try_sign_in(services, &email, &password).await? {
            Ok(_) => return Ok(()),
            Err(status) if reason(&status).as_deref() == Some("CREDENTIALS_REJECTED") => {}
            Err(status) => return Err(refusal(&format!("sign in as {email}"), &status)),
        }
    }
    let password = random_password();
    let platform = Platform::new(
        &services.into(),
        secrets.bootstrap.as_str(),
        secrets.edge.as_str(),
    )?
    .with_password(&password);
    let office = Office::open(&platform).await?;
    claim.keep(&Credentials {
        account: office.account_id().to_owned(),
        email: office.owner_email().to_owned(),
        password,
    })
}

/// The credentials file remembers it.
#[expect(
    clippy::disallowed_methods,
    reason = "a password is random by nature; no decision rests on it"
)]
fn random_password() -> String {
    let bits: u128 = rand::random();
    format!("{bits:032x}")
}
