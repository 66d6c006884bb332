//! `AuthService`.

use std::sync::Arc;

use ::store::page::Sizes;
use api::identity::v1::{
    ChangePasswordRequest, ChangePasswordResponse, EndSessionRequest, EndSessionResponse,
    ExchangeServiceKeyRequest, ExchangeServiceKeyResponse, ListSessionsRequest,
    ListSessionsResponse, RefreshRequest, RefreshResponse, SignInRequest, SignInResponse,
    SignOutRequest, SignOutResponse, auth_service_server::AuthService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{convert, request};
use crate::{
    app::{App, auth::Attempt},
    domain::password::Password,
};

const LIST_SESSIONS: &str = "/strowger.identity.v1.AuthService/ListSessions";
const PAGES: Sizes = Sizes {
    default: 50,
    max: 100,
};

/// Sign-in and sessions.
#[derive(Debug)]
pub struct Auth(pub Arc<App>);

#[async_trait]
impl AuthService for Auth {
    async fn sign_in(
        &self,
        request: Request<SignInRequest>,
    ) -> Result<Response<SignInResponse>, Status> {
        let network = request::network(&request, &self.0.trusted_proxies);
        let message = request.into_inner();
        let attempt = request::check(|at| {
            let email = at.parse("email", &message.email);
            let typed = at.must(!message.password.is_empty(), "password", "must be set");
            let label = at.parse("client_label", &message.client_label);
            let password = typed.then(|| Password::typed(message.password))?;
            Some(Attempt {
                email: email?,
                password,
                label: label?,
                network,
                device_token: message.device_token,
                take_over: message.take_over,
            })
        })?;
        let signed_in = self.0.sign_in(attempt).await?;
        Ok(Response::new(SignInResponse {
            account_id: signed_in.user.account.to_string(),
            user: Some(convert::user::to_wire(&signed_in.user, &signed_in.roles)),
            session: Some(convert::session::to_wire(&signed_in.session)),
            tokens: Some(convert::session::pair(signed_in.tokens)),
            device_token: signed_in.device_token,
        }))
    }

    async fn refresh(
        &self,
        request: Request<RefreshRequest>,
    ) -> Result<Response<RefreshResponse>, Status> {
        let network = request::network(&request, &self.0.trusted_proxies);
        let pair = self
            .0
            .refresh(&request.get_ref().refresh_token, &network)
            .await?;
        Ok(Response::new(RefreshResponse {
            tokens: Some(convert::session::pair(pair)),
        }))
    }

    async fn sign_out(
        &self,
        request: Request<SignOutRequest>,
    ) -> Result<Response<SignOutResponse>, Status> {
        self.0
            .sign_out(&request::person(&request, &self.0.trusted_proxies)?)
            .await?;
        Ok(Response::new(SignOutResponse {}))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.get_ref();
        let question = [LIST_SESSIONS, &by.account.to_string(), &by.user.to_string()];
        let page = convert::page::read(message.page_size, &message.page_token, PAGES, &question)?;
        let (sessions, next_page_token) = self.0.sessions(&by, &page).await?;
        let sessions = sessions.iter().map(convert::session::to_wire).collect();
        Ok(Response::new(ListSessionsResponse {
            sessions,
            next_page_token,
        }))
    }

    async fn end_session(
        &self,
        request: Request<EndSessionRequest>,
    ) -> Result<Response<EndSessionResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let session = request::check(|at| at.parse("session_id", &request.get_ref().session_id))?;
        self.0.end_session(&by, session).await?;
        Ok(Response::new(EndSessionResponse {}))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        let by = request::person(&request, &self.0.trusted_proxies)?;
        let message = request.into_inner();
        request::check(|at| {
            let current = at.must(
                !message.current_password.is_empty(),
                "current_password",
                "must be set",
            );
            let new = at.must(
                !message.new_password.is_empty(),
                "new_password",
                "must be set",
            );
            (current && new).then_some(())
        })?;
        let current = Password::typed(message.current_password);
        self.0
            .change_password(&by, current, message.new_password)
            .await?;
        Ok(Response::new(ChangePasswordResponse {}))
    }

    async fn exchange_service_key(
        &self,
        request: Request<ExchangeServiceKeyRequest>,
    ) -> Result<Response<ExchangeServiceKeyResponse>, Status> {
        let address = request::address(&request, &self.0.trusted_proxies);
        let token = self.0.exchange_key(&request.get_ref().secret, address);
        let token = token.await?;
        Ok(Response::new(ExchangeServiceKeyResponse {
            tokens: Some(convert::session::access_only(token)),
        }))
    }
}
