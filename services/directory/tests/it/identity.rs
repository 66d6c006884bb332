//! An identity that knows who it is told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use access::{Caller, Verifier};
use api::identity::v1::{
    AcceptInvitationRequest, Account, CreateAccountRequest, CreateAccountResponse,
    DeactivateUserRequest, GetAccountRequest, GetSeatUsageRequest, GetUserRequest,
    InviteUserRequest, InviteUserResponse, ListUsersRequest, ListUsersResponse,
    ResendInvitationRequest, ResendInvitationResponse, ResumeAccountRequest, ResumeUserRequest,
    SeatUsage, SuspendAccountRequest, SuspendUserRequest, TransferOwnershipRequest,
    UpdateAccountRequest, UpdateUserRequest, User, UserState,
    account_service_server::{AccountService, AccountServiceServer},
    user_service_server::{UserService, UserServiceServer},
};
use ids::{AccountId, UserId};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// Verifies the tokens that directory forwards, as the real one does.
#[derive(Clone)]
pub(crate) struct Identity {
    verifier: Verifier,
    people: Arc<Mutex<HashMap<UserId, (AccountId, UserState)>>>,
    /// The settings of every company.
    pub(crate) settings: Arc<Mutex<(&'static str, &'static str)>>,
}

impl Identity {
    /// Starts it on a free port; it stops with the test.
    pub(crate) async fn start(verifier: Verifier) -> (Self, String) {
        let identity = Self {
            verifier,
            people: Arc::default(),
            settings: Arc::new(Mutex::new(("Europe/Berlin", "DE"))),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let serving = tonic::transport::Server::builder()
            .add_service(AccountServiceServer::new(identity.clone()))
            .add_service(UserServiceServer::new(identity.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        (identity, uri)
    }

    /// From now on this person exists.
    pub(crate) fn knows(&self, person: UserId, account: AccountId, state: UserState) {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.insert(person, (account, state));
    }

    fn caller<T>(&self, request: &Request<T>) -> Result<Arc<Caller>, Status> {
        let header = request.metadata().get("authorization");
        let token = header
            .and_then(|header| header.to_str().ok())
            .and_then(|text| text.strip_prefix("Bearer "));
        let token = token.ok_or_else(|| Status::unauthenticated("no token"))?;
        self.verifier
            .verify(token)
            .map_err(|_| Status::unauthenticated("a wrong token"))
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl AccountService for Identity {
    async fn get_account(&self, request: Request<GetAccountRequest>) -> Answer<Account> {
        let account = self.caller(&request)?.account_id()?;
        let (time_zone, country) = *self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Response::new(Account {
            account_id: account.to_string(),
            time_zone: time_zone.to_owned(),
            country_code: country.to_owned(),
            ..Account::default()
        }))
    }

    async fn create_account(
        &self,
        _: Request<CreateAccountRequest>,
    ) -> Answer<CreateAccountResponse> {
        never()
    }

    async fn update_account(&self, _: Request<UpdateAccountRequest>) -> Answer<Account> {
        never()
    }

    async fn suspend_account(&self, _: Request<SuspendAccountRequest>) -> Answer<Account> {
        never()
    }

    async fn resume_account(&self, _: Request<ResumeAccountRequest>) -> Answer<Account> {
        never()
    }

    async fn transfer_ownership(&self, _: Request<TransferOwnershipRequest>) -> Answer<Account> {
        never()
    }

    async fn get_seat_usage(&self, _: Request<GetSeatUsageRequest>) -> Answer<SeatUsage> {
        never()
    }
}

#[tonic::async_trait]
impl UserService for Identity {
    async fn get_user(&self, request: Request<GetUserRequest>) -> Answer<User> {
        let account = self.caller(&request)?.account_id()?;
        let user_id = request.into_inner().user_id;
        let person: UserId = user_id
            .parse()
            .map_err(|_| Status::invalid_argument("user_id"))?;
        let people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        match people.get(&person) {
            Some((home, state)) if *home == account => Ok(Response::new(User {
                user_id,
                state: (*state).into(),
                ..User::default()
            })),
            _ => Err(Status::not_found("no such person")),
        }
    }

    async fn invite_user(&self, _: Request<InviteUserRequest>) -> Answer<InviteUserResponse> {
        never()
    }

    async fn resend_invitation(
        &self,
        _: Request<ResendInvitationRequest>,
    ) -> Answer<ResendInvitationResponse> {
        never()
    }

    async fn accept_invitation(&self, _: Request<AcceptInvitationRequest>) -> Answer<User> {
        never()
    }

    async fn list_users(&self, _: Request<ListUsersRequest>) -> Answer<ListUsersResponse> {
        never()
    }

    async fn update_user(&self, _: Request<UpdateUserRequest>) -> Answer<User> {
        never()
    }

    async fn suspend_user(&self, _: Request<SuspendUserRequest>) -> Answer<User> {
        never()
    }

    async fn resume_user(&self, _: Request<ResumeUserRequest>) -> Answer<User> {
        never()
    }

    async fn deactivate_user(&self, _: Request<DeactivateUserRequest>) -> Answer<User> {
        never()
    }
}

/// Directory has no business with the rest.
fn never<T>() -> Answer<T> {
    Err(Status::unimplemented("directory never asks this"))
}
