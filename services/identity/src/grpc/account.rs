//! `AccountService`.

use std::sync::Arc;

use ::store::replay::{self, Attempt};
use api::identity::v1::{
    Account, CreateAccountRequest, CreateAccountResponse, GetAccountRequest, GetSeatUsageRequest,
    ResumeAccountRequest, SeatUsage, SuspendAccountRequest, TransferOwnershipRequest,
    UpdateAccountRequest, account_service_server::AccountService,
};
use fault::At;
use ids::{AccountId, UserId};
use tonic::{Request, Response, Status, async_trait};

use super::{convert, request};
use crate::{
    app::App,
    domain::{account::Settings, grant::Roles, user::Profile},
    error::Error,
};

const CREATE: &str = "/strowger.identity.v1.AccountService/CreateAccount";
const UPDATE: &str = "/strowger.identity.v1.AccountService/UpdateAccount";

const SUSPEND: &str = "/strowger.identity.v1.AccountService/SuspendAccount";
const RESUME: &str = "/strowger.identity.v1.AccountService/ResumeAccount";
const TRANSFER: &str = "/strowger.identity.v1.AccountService/TransferOwnership";

/// Company accounts.
#[derive(Debug)]
pub struct Accounts(pub Arc<App>);

#[async_trait]
impl AccountService for Accounts {
    async fn create_account(
        &self,
        request: Request<CreateAccountRequest>,
    ) -> Result<Response<CreateAccountResponse>, Status> {
        let origin = request::origin(rpc::caller(&request)?, &request, &self.0.trusted_proxies);
        let message = request.into_inner();
        let print = CreateAccountRequest {
            owner_password: self.0.print_password(&message.owner_password),
            ..message.clone()
        };
        let password = Some(message.owner_password.clone()).filter(|password| !password.is_empty());
        let (id, settings, owner) = request::check(|at| {
            let id = at.parse("request_id", &message.request_id);
            let (settings, owner) = company(at, message);
            Some((id?, settings?, owner?))
        })?;
        let attempt = Attempt::of_platform(&origin.actor, CREATE, id, &print);
        let founding = self.0.prepare_founding(settings, owner, password).await?;
        let answer = self
            .0
            .store
            .tenant_transaction(founding.account.id, async |tx| {
                replay::once(&tx, &attempt, async {
                    let token = self.0.found(&tx, &origin, &founding).await?;
                    let roles = Roles::new([access::Role::Owner]);
                    Ok::<_, Error>(CreateAccountResponse {
                        account: Some(convert::account::to_wire(&founding.account)),
                        owner: Some(convert::user::to_wire(&founding.owner, &roles)),
                        owner_invitation_token: if token.is_empty() {
                            token
                        } else {
                            self.0.seal_token(&token)?
                        },
                    })
                })
                .await
            });
        let answer = Box::pin(answer).await?;
        let owner_invitation_token = self.0.open_token(&answer.owner_invitation_token)?;
        Ok(Response::new(CreateAccountResponse {
            owner_invitation_token,
            ..answer
        }))
    }

    async fn get_account(
        &self,
        request: Request<GetAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let account = rpc::caller(&request)?.account_id()?;
        let account = self.0.account(account).await?;
        Ok(Response::new(convert::account::to_wire(&account)))
    }

    async fn update_account(
        &self,
        request: Request<UpdateAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, (etag, edit)) = request::check(|at| {
            let attempt = request::attempt(at, &by, UPDATE, &message.request_id, &message);
            let edit =
                convert::account::edit(at, message.account.clone(), message.update_mask.as_ref());
            Some((attempt?, edit?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let account = self.0.update_account(&tx, &by, &etag, &edit).await?;
                Ok::<_, Error>(convert::account::to_wire(&account))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }

    async fn suspend_account(
        &self,
        request: Request<SuspendAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let by = request::origin(rpc::caller(&request)?, &request, &self.0.trusted_proxies);
        let message = request.into_inner();
        let (attempt, account) = request::check(|at| {
            let id = at.parse("request_id", &message.request_id);
            let account: Option<AccountId> = at.parse("account_id", &message.account_id);
            Some((
                Attempt::of_platform(&by.actor, SUSPEND, id?, &message),
                account?,
            ))
        })?;
        let answer = self.0.store.tenant_transaction(account, async |tx| {
            replay::once(&tx, &attempt, async {
                let account = self.0.suspend_account(&tx, &by, account).await?;
                Ok::<_, Error>(convert::account::to_wire(&account))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }

    async fn resume_account(
        &self,
        request: Request<ResumeAccountRequest>,
    ) -> Result<Response<Account>, Status> {
        let by = request::origin(rpc::caller(&request)?, &request, &self.0.trusted_proxies);
        let message = request.into_inner();
        let (attempt, account) = request::check(|at| {
            let id = at.parse("request_id", &message.request_id);
            let account: Option<AccountId> = at.parse("account_id", &message.account_id);
            Some((
                Attempt::of_platform(&by.actor, RESUME, id?, &message),
                account?,
            ))
        })?;
        let answer = self.0.store.tenant_transaction(account, async |tx| {
            replay::once(&tx, &attempt, async {
                let account = self.0.resume_account(&tx, &by, account).await?;
                Ok::<_, Error>(convert::account::to_wire(&account))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }

    async fn transfer_ownership(
        &self,
        request: Request<TransferOwnershipRequest>,
    ) -> Result<Response<Account>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        let (attempt, heir) = request::check(|at| {
            let attempt = request::attempt(at, &by, TRANSFER, &message.request_id, &message);
            let heir: Option<UserId> = at.parse("user_id", &message.user_id);
            Some((attempt?, heir?))
        })?;
        let answer = self.0.store.tenant_transaction(by.account, async |tx| {
            replay::once(&tx, &attempt, async {
                let transfer = Box::pin(self.0.transfer_ownership(&tx, &by, heir));
                Ok::<_, Error>(convert::account::to_wire(&transfer.await?))
            })
            .await
        });
        Ok(Response::new(Box::pin(answer).await?))
    }

    async fn get_seat_usage(
        &self,
        request: Request<GetSeatUsageRequest>,
    ) -> Result<Response<SeatUsage>, Status> {
        let account = rpc::caller(&request)?.account_id()?;
        let usage = self.0.seat_usage(account).await?;
        Ok(Response::new(convert::account::usage(usage)))
    }
}

/// The company and its owner, whose fields lie flat in the request.
fn company(at: &mut At<'_>, message: CreateAccountRequest) -> (Option<Settings>, Option<Profile>) {
    let settings = convert::account::settings(at, message.account);
    let first_name = at.parse("owner_first_name", &message.owner_first_name);
    let last_name = at.parse("owner_last_name", &message.owner_last_name);
    let email = at.parse("owner_email", &message.owner_email);
    let owner = || {
        let job_title = "".parse().ok()?;
        Some(Profile {
            first_name: first_name?,
            last_name: last_name?,
            email: email?,
            job_title,
        })
    };
    (settings, owner())
}
