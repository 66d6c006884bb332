//! Identity, asked with the caller's own token: directory learns nothing that the caller may not
//! know.

mod people;

pub use people::StepError;

use api::{
    access::v1::ErrorReason as Shared,
    identity::v1::{
        GetAccountRequest, GetUserRequest, UserState, account_service_client::AccountServiceClient,
        user_service_client::UserServiceClient,
    },
};
use chrono_tz::Tz;
use fault::Fault;
use ids::UserId;
use rpc::{OnBehalf, Peer};
use tonic::{Code, Status};

use crate::domain::phone::Country;

/// The service.
#[derive(Clone)]
pub struct Identity {
    accounts: AccountServiceClient<Peer>,
    users: UserServiceClient<Peer>,
}

/// What plans depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// Where the company's clocks hang.
    pub time_zone: Tz,
    /// How its national numbers are read.
    pub country: Country,
}

/// Identity gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// It refused or failed.
    #[error("identity did not answer: {0}")]
    Refused(#[source] Box<Status>),
    /// It said something that we cannot read: it is newer than we are.
    #[error("identity answered with an unknown {0}")]
    Unreadable(&'static str),
}

impl From<Status> for Unreachable {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

impl From<Unreachable> for Fault {
    fn from(error: Unreachable) -> Self {
        let code = match &error {
            Unreachable::Refused(status) => status.code(),
            Unreachable::Unreadable(_) => Code::Internal,
        };
        match code {
            Code::Unauthenticated => {
                Self::unauthenticated(Shared::TokenInvalid, "identity refused the token")
                    .caused_by(error)
            }
            Code::PermissionDenied => Self::denied(
                Shared::PermissionMissing,
                "you may not read people or the account",
            )
            .caused_by(error),
            Code::DeadlineExceeded => {
                Self::deadline_exceeded(Shared::DeadlinePassed, "the deadline passed")
                    .caused_by(error)
            }
            Code::Internal | Code::Unimplemented | Code::DataLoss => Self::internal(error),
            _ => Self::lost("identity", error),
        }
    }
}

impl Identity {
    /// Over a peer without a token of its own.
    #[must_use]
    pub fn new(peer: Peer) -> Self {
        Self {
            accounts: AccountServiceClient::new(peer.clone()),
            users: UserServiceClient::new(peer),
        }
    }

    /// The settings of the caller's account.
    pub async fn account(&self, caller: &OnBehalf) -> Result<AccountSettings, Unreachable> {
        let request = caller.ask(GetAccountRequest {});
        let account = self
            .accounts
            .clone()
            .get_account(request)
            .await?
            .into_inner();
        Ok(AccountSettings {
            time_zone: account
                .time_zone
                .parse()
                .map_err(|_| Unreachable::Unreadable("time zone"))?,
            country: account
                .country_code
                .parse()
                .map_err(|_| Unreachable::Unreadable("country"))?,
        })
    }

    /// Whether a person belongs to the caller's account and is INVITED or ACTIVE.
    pub async fn has(&self, caller: &OnBehalf, person: UserId) -> Result<bool, Unreachable> {
        let request = caller.ask(GetUserRequest {
            user_id: person.to_string(),
        });
        match self.users.clone().get_user(request).await {
            Ok(user) => Ok(matches!(
                user.get_ref().state(),
                UserState::Invited | UserState::Active
            )),
            Err(status) if status.code() == Code::NotFound => Ok(false),
            Err(status) => Err(status.into()),
        }
    }
}
