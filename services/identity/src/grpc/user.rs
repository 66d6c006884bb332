//! `UserService`.

use std::sync::Arc;

use ::store::{page::Sizes, replay};
use access::{Permission, Reach};
use api::identity::v1::{
    AcceptInvitationRequest, DeactivateUserRequest, GetUserRequest, ImportUsersRequest,
    ImportUsersResponse, InviteUserRequest, InviteUserResponse, ListUsersRequest,
    ListUsersResponse, ResendInvitationRequest, ResendInvitationResponse, ResetSecondFactorRequest,
    ResumeUserRequest, SuspendUserRequest, UpdateUserRequest, User,
    user_service_server::UserService,
};
use ids::UserId;
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::{convert, request};
use crate::{
    app::{App, caller::Person},
    error::Error,
};

const INVITE: &str = "/strowger.identity.v1.UserService/InviteUser";
const RESEND: &str = "/strowger.identity.v1.UserService/ResendInvitation";
const LIST: &str = "/strowger.identity.v1.UserService/ListUsers";
const UPDATE: &str = "/strowger.identity.v1.UserService/UpdateUser";

const PAGES: Sizes = Sizes {
    default: 100,
    max: 1000,
};

/// People.
#[derive(Debug)]
pub struct Users(pub Arc<App>);

#[async_trait]
impl UserService for Users {
    async fn invite_user(
        &self,
        request: Request<InviteUserRequest>,
    ) -> Result<Response<InviteUserResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, profile) = request::check(|at| {
            let attempt = request::attempt(at, &by, INVITE, &message.request_id, &message);
            let profile = convert::user::profile(at, message.user.clone());
            Some((attempt?, profile?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let ((user, roles), token) = self.0.invite(&tx, &by, &profile).await?;
                let user = Some(convert::user::to_wire(&user, &roles));
                Ok::<_, Error>(InviteUserResponse {
                    user,
                    invitation_token: self.0.seal_token(&token)?,
                })
            })
            .await
        });
        let answer = Box::pin(answer).await?;
        let invitation_token = self.0.open_token(&answer.invitation_token)?;
        Ok(Response::new(InviteUserResponse {
            invitation_token,
            ..answer
        }))
    }

    async fn import_users(
        &self,
        request: Request<Streaming<ImportUsersRequest>>,
    ) -> Result<Response<ImportUsersResponse>, Status> {
        Ok(Response::new(super::import::run(&self.0, request).await?))
    }

    async fn resend_invitation(
        &self,
        request: Request<ResendInvitationRequest>,
    ) -> Result<Response<ResendInvitationResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, user) = request::check(|at| {
            let attempt = request::attempt(at, &by, RESEND, &message.request_id, &message);
            let user: Option<UserId> = at.parse("user_id", &message.user_id);
            Some((attempt?, user?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let token = self.0.resend_invitation(&tx, &by, user).await?;
                Ok::<_, Error>(ResendInvitationResponse {
                    invitation_token: self.0.seal_token(&token)?,
                })
            })
            .await
        });
        let invitation_token = self
            .0
            .open_token(&Box::pin(answer).await?.invitation_token)?;
        Ok(Response::new(ResendInvitationResponse { invitation_token }))
    }

    async fn accept_invitation(
        &self,
        request: Request<AcceptInvitationRequest>,
    ) -> Result<Response<User>, Status> {
        let network = rpc::network(&request, &self.0.trusted_proxies);
        let message = request.into_inner();
        request::check(|at| {
            let token = at.must(
                !message.invitation_token.is_empty(),
                "invitation_token",
                "must be set",
            );
            let password = at.must(!message.password.is_empty(), "password", "must be set");
            (token && password).then_some(())
        })?;
        let accepted =
            self.0
                .accept_invitation(&message.invitation_token, message.password, network);
        let (user, roles) = accepted.await?;
        Ok(Response::new(convert::user::to_wire(&user, &roles)))
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<User>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let user = request::check(|at| at.parse("user_id", &request.get_ref().user_id))?;
        let visible = match caller.reach(Permission::UsersRead) {
            Reach::Account => true,
            Reach::Own | Reach::Groups(_) => caller.user_id().is_ok_and(|own| own == user),
            Reach::None | Reach::Platform => false,
        };
        if !visible {
            return Err(Error::UserNotFound.into());
        }
        let (user, roles) = self.0.user(account, user).await?;
        Ok(Response::new(convert::user::to_wire(&user, &roles)))
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let caller = rpc::caller(&request)?;
        let account = caller.account_id()?;
        let message = request.get_ref();
        let state = request::check(|at| convert::user::state_filter(at, message.state))?;
        let filter = message.state.to_string();
        let question = [LIST, &account.to_string(), &filter];
        let page = convert::page::read(message.page_size, &message.page_token, PAGES, &question)?;
        let (users, next_page_token) = match caller.reach(Permission::UsersRead) {
            Reach::Account => self.0.users(account, state, &page).await?,
            Reach::Own | Reach::Groups(_) => {
                let own = self.0.user(account, caller.user_id()?).await?;
                let fits = state.is_none_or(|state| state == own.0.state);
                (Vec::from_iter(fits.then_some(own)), String::new())
            }
            Reach::None | Reach::Platform => (Vec::new(), String::new()),
        };
        let users = users
            .iter()
            .map(|(user, roles)| convert::user::to_wire(user, roles))
            .collect();
        Ok(Response::new(ListUsersResponse {
            users,
            next_page_token,
        }))
    }

    async fn update_user(
        &self,
        request: Request<UpdateUserRequest>,
    ) -> Result<Response<User>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, (user, etag, edit)) = request::check(|at| {
            let attempt = request::attempt(at, &by, UPDATE, &message.request_id, &message);
            let edit = convert::user::edit(at, message.user.clone(), message.update_mask.as_ref());
            Some((attempt?, edit?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let (user, roles) = self.0.update_user(&tx, &by, user, &etag, &edit).await?;
                Ok::<_, Error>(convert::user::to_wire(&user, &roles))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }

    async fn suspend_user(
        &self,
        request: Request<SuspendUserRequest>,
    ) -> Result<Response<User>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let subject = Subject {
            request_id: &message.request_id,
            user_id: &message.user_id,
            hand_over_to: &message.hand_over_to,
        };
        self.step(&by, Verb::Suspend, &message, subject).await
    }

    async fn resume_user(
        &self,
        request: Request<ResumeUserRequest>,
    ) -> Result<Response<User>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let subject = Subject {
            request_id: &message.request_id,
            user_id: &message.user_id,
            hand_over_to: "",
        };
        self.step(&by, Verb::Resume, &message, subject).await
    }

    async fn deactivate_user(
        &self,
        request: Request<DeactivateUserRequest>,
    ) -> Result<Response<User>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let subject = Subject {
            request_id: &message.request_id,
            user_id: &message.user_id,
            hand_over_to: &message.hand_over_to,
        };
        self.step(&by, Verb::Deactivate, &message, subject).await
    }

    async fn reset_second_factor(
        &self,
        request: Request<ResetSecondFactorRequest>,
    ) -> Result<Response<User>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let subject = Subject {
            request_id: &message.request_id,
            user_id: &message.user_id,
            hand_over_to: "",
        };
        self.step(&by, Verb::ResetFactor, &message, subject).await
    }
}

/// A step in the life of a person.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Suspend,
    Resume,
    Deactivate,
    ResetFactor,
}

impl Verb {
    const fn method(self) -> &'static str {
        match self {
            Self::Suspend => "/strowger.identity.v1.UserService/SuspendUser",
            Self::Resume => "/strowger.identity.v1.UserService/ResumeUser",
            Self::Deactivate => "/strowger.identity.v1.UserService/DeactivateUser",
            Self::ResetFactor => "/strowger.identity.v1.UserService/ResetSecondFactor",
        }
    }
}

/// What requests for such a step say.
#[derive(Debug, Clone, Copy)]
struct Subject<'a> {
    request_id: &'a str,
    user_id: &'a str,
    hand_over_to: &'a str,
}

impl Users {
    async fn step(
        &self,
        by: &Person,
        verb: Verb,
        message: &impl prost::Message,
        subject: Subject<'_>,
    ) -> Result<Response<User>, Status> {
        let (attempt, user, heir) = request::check(|at| {
            let attempt = request::attempt(at, by, verb.method(), subject.request_id, message);
            let user: Option<UserId> = at.parse("user_id", subject.user_id);
            let heir = match subject.hand_over_to {
                "" => Some(None),
                id => at.parse("hand_over_to", id).map(Some),
            };
            Some((attempt?, user?, heir?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let (user, roles) = match verb {
                    Verb::Suspend => self.0.suspend(&tx, by, user, heir).await?,
                    Verb::Resume => self.0.resume(&tx, by, user).await?,
                    Verb::Deactivate => self.0.deactivate(&tx, by, user, heir).await?,
                    Verb::ResetFactor => self.0.reset_factor(&tx, by, user).await?,
                };
                Ok::<_, Error>(convert::user::to_wire(&user, &roles))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }
}
