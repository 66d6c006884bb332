//! Making people in identity and taking one away, for a split.

use api::identity::v1::{
    DeactivateUserRequest, ErrorReason, GetSeatUsageRequest, GetUserRequest, ImportUsersRequest,
    InviteUserRequest, ListUsersRequest, Role, User, UserState,
};
use fault::Reason as _;
use ids::UserId;
use rpc::OnBehalf;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{Identity, Unreachable};
use crate::domain::split::{
    Profile,
    said::{Refusal, Seats, Standing, State},
};

const PAGE: i32 = 1000;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// Identity says no, for this reason.
    #[error("identity refused: {0}")]
    Refused(String),
    /// Identity does not say.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

impl From<Status> for StepError {
    fn from(status: Status) -> Self {
        let reason = status.get_details_error_info().map(|info| info.reason);
        match (status.code(), reason) {
            (
                Code::FailedPrecondition
                | Code::AlreadyExists
                | Code::NotFound
                | Code::InvalidArgument
                | Code::PermissionDenied
                | Code::ResourceExhausted,
                Some(reason),
            ) => Self::Refused(reason),
            _ => Self::Unreachable(status.into()),
        }
    }
}

impl Identity {
    /// Where somebody of the caller's account stands; `None` if there is no such person.
    pub async fn standing(
        &self,
        caller: &OnBehalf,
        person: UserId,
    ) -> Result<Option<Standing>, Unreachable> {
        let request = caller.ask(GetUserRequest {
            user_id: person.to_string(),
        });
        match self.users.clone().get_user(request).await {
            Ok(user) => standing(user.get_ref()).map(Some),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(status.into()),
        }
    }

    /// The seats of the caller's account.
    pub async fn seats(&self, caller: &OnBehalf) -> Result<Seats, Unreachable> {
        let request = caller.ask(GetSeatUsageRequest {});
        let usage = self.accounts.clone().get_seat_usage(request).await?;
        let usage = usage.into_inner();
        Ok(Seats {
            seats: usage.seats,
            used: usage.used,
        })
    }

    /// Why identity would not invite each of these, if it would not. Nobody is invited.
    pub async fn rehearse(
        &self,
        caller: &OnBehalf,
        people: &[&Profile],
    ) -> Result<Vec<Option<Refusal>>, Unreachable> {
        let file = ImportUsersRequest {
            request_id: ids::EventId::generate().to_string(),
            dry_run: true,
            csv: csv(people).into(),
        };
        let request = caller.ask(futures::stream::iter([file]));
        let answer = self.users.clone().import_users(request).await?.into_inner();
        if answer.rows.len() != people.len() {
            return Err(Unreachable::Unreadable("number of rows"));
        }
        let rows = answer.rows.into_iter().map(|row| {
            if row.reason.is_empty() {
                Ok(None)
            } else if row.reason == ErrorReason::EmailTaken.name() {
                Ok(Some(Refusal::EmailTaken))
            } else if row.reason == ErrorReason::SeatsExhausted.name() {
                Ok(Some(Refusal::SeatsExhausted))
            } else if row.problems.is_empty() {
                Err(Unreachable::Unreadable("reason"))
            } else {
                Ok(Some(Refusal::Profile(row.problems)))
            }
        });
        rows.collect()
    }

    /// Invites somebody, once for each `request_id`; who they are, and their invitation's token.
    pub async fn invite(
        &self,
        caller: &OnBehalf,
        request_id: String,
        profile: &Profile,
    ) -> Result<(UserId, String), StepError> {
        let user = User {
            first_name: profile.first_name.to_string(),
            last_name: profile.last_name.to_string(),
            email: profile.email.as_str().to_owned(),
            job_title: profile.job_title.to_string(),
            ..User::default()
        };
        let request = caller.ask(InviteUserRequest {
            request_id,
            user: Some(user),
        });
        let answer = self.users.clone().invite_user(request).await?.into_inner();
        let user = answer.user.ok_or(Unreachable::Unreadable("answer"))?;
        Ok((id(&user)?, answer.invitation_token))
    }

    /// Whoever of the caller's account was invited with this profile.
    pub async fn find(
        &self,
        caller: &OnBehalf,
        profile: &Profile,
    ) -> Result<Option<UserId>, Unreachable> {
        let mut page_token = String::new();
        loop {
            let request = caller.ask(ListUsersRequest {
                page_size: PAGE,
                page_token,
                state: UserState::Unspecified.into(),
            });
            let page = self.users.clone().list_users(request).await?.into_inner();
            let found = page.users.iter().find(|user| {
                profile.email.is(&user.email)
                    && user.state() != UserState::Deactivated
                    && user.first_name == profile.first_name.as_str()
                    && user.last_name == profile.last_name.as_str()
            });
            match found {
                Some(user) => return Ok(Some(id(user)?)),
                None if page.next_page_token.is_empty() => return Ok(None),
                None => page_token = page.next_page_token,
            }
        }
    }

    /// Somebody has left for good; it is no error if they had before.
    pub async fn deactivate(
        &self,
        caller: &OnBehalf,
        request_id: String,
        person: UserId,
    ) -> Result<(), StepError> {
        let request = caller.ask(DeactivateUserRequest {
            request_id,
            user_id: person.to_string(),
            // Their numbers lead elsewhere already.
            hand_over_to: String::new(),
        });
        let answer = self.users.clone().deactivate_user(request).await;
        match answer.map_err(StepError::from) {
            // Anybody can be deactivated but those who are.
            Err(StepError::Refused(reason)) if reason == ErrorReason::UserStateConflict.name() => {
                Ok(())
            }
            answer => answer.map(drop),
        }
    }
}

fn id(user: &User) -> Result<UserId, Unreachable> {
    let id = user.user_id.parse();
    id.map_err(|_| Unreachable::Unreadable("person"))
}

fn standing(user: &User) -> Result<Standing, Unreachable> {
    let state = match user.state() {
        UserState::Invited => State::Invited,
        UserState::Active => State::Active,
        UserState::Suspended => State::Suspended,
        UserState::Deactivated => State::Deactivated,
        UserState::Unspecified => return Err(Unreachable::Unreadable("state")),
    };
    let holds = |role| user.roles().any(|held| held == role);
    Ok(Standing {
        state,
        owner: holds(Role::Owner),
        admin: holds(Role::Admin),
    })
}

/// People as a file that identity imports: RFC 4180, every cell quoted.
fn csv(people: &[&Profile]) -> Vec<u8> {
    let mut file = "first_name,last_name,email,job_title\r\n".to_owned();
    for person in people {
        let cells = [
            person.first_name.as_str(),
            person.last_name.as_str(),
            person.email.as_str(),
            person.job_title.as_str(),
        ];
        let cells = cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        file.push_str(&cells.join(","));
        file.push_str("\r\n");
    }
    file.into_bytes()
}
