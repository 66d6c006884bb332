//! `AuthService`.

use std::sync::Arc;

use ::store::page::Sizes;
use api::identity::v1::{
    AckPasswordResetsRequest, AckPasswordResetsResponse, ChangePasswordRequest,
    ChangePasswordResponse, ConfirmTotpRequest, ConfirmTotpResponse, DisableTotpRequest,
    DisableTotpResponse, EndSessionRequest, EndSessionResponse, EnrolTotpRequest,
    EnrolTotpResponse, ExchangeServiceKeyRequest, ExchangeServiceKeyResponse, ListSessionsRequest,
    ListSessionsResponse, RefreshRequest, RefreshResponse, RegenerateRecoveryCodesRequest,
    RegenerateRecoveryCodesResponse, RequestPasswordResetRequest, RequestPasswordResetResponse,
    ResetPasswordRequest, ResetPasswordResponse, SignInRequest, SignInResponse, SignOutRequest,
    SignOutResponse, TakePasswordResetsRequest, TakePasswordResetsResponse, VerifyFactorRequest,
    VerifyFactorResponse, auth_service_server::AuthService,
};
use tonic::{Request, Response, Status, async_trait};

use super::{convert, factor, request, reset};
use crate::{
    app::{
        App,
        auth::{Attempt, Entrance},
    },
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
        let network = rpc::network(&request, &self.0.trusted_proxies);
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
        Ok(Response::new(match self.0.sign_in(attempt).await? {
            Entrance::SignedIn(signed_in) => convert::session::signed_in(*signed_in),
            Entrance::Challenged(challenged) => convert::session::challenged(challenged),
        }))
    }

    async fn verify_factor(
        &self,
        request: Request<VerifyFactorRequest>,
    ) -> Result<Response<VerifyFactorResponse>, Status> {
        let verified = Box::pin(factor::verify(&self.0, request)).await?;
        Ok(Response::new(verified))
    }

    async fn enrol_totp(
        &self,
        request: Request<EnrolTotpRequest>,
    ) -> Result<Response<EnrolTotpResponse>, Status> {
        let enrolled = Box::pin(factor::enrol(&self.0, request)).await?;
        Ok(Response::new(enrolled))
    }

    async fn confirm_totp(
        &self,
        request: Request<ConfirmTotpRequest>,
    ) -> Result<Response<ConfirmTotpResponse>, Status> {
        let confirmed = Box::pin(factor::confirm(&self.0, request)).await?;
        Ok(Response::new(confirmed))
    }

    async fn disable_totp(
        &self,
        request: Request<DisableTotpRequest>,
    ) -> Result<Response<DisableTotpResponse>, Status> {
        let disabled = Box::pin(factor::disable(&self.0, request)).await?;
        Ok(Response::new(disabled))
    }

    async fn regenerate_recovery_codes(
        &self,
        request: Request<RegenerateRecoveryCodesRequest>,
    ) -> Result<Response<RegenerateRecoveryCodesResponse>, Status> {
        let codes = Box::pin(factor::regenerate(&self.0, request)).await?;
        Ok(Response::new(codes))
    }

    async fn refresh(
        &self,
        request: Request<RefreshRequest>,
    ) -> Result<Response<RefreshResponse>, Status> {
        let network = rpc::network(&request, &self.0.trusted_proxies);
        let request = request.get_ref();
        let refreshed = self
            .0
            .refresh(&request.refresh_token, &request.device_token, &network);
        let pair = refreshed.await?;
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

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Result<Response<RequestPasswordResetResponse>, Status> {
        reset::ask(&self.0, request).await?;
        Ok(Response::new(RequestPasswordResetResponse {}))
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Result<Response<ResetPasswordResponse>, Status> {
        Box::pin(reset::redeem(&self.0, request)).await?;
        Ok(Response::new(ResetPasswordResponse {}))
    }

    async fn take_password_resets(
        &self,
        request: Request<TakePasswordResetsRequest>,
    ) -> Result<Response<TakePasswordResetsResponse>, Status> {
        let taken = Box::pin(reset::take(&self.0, request)).await?;
        Ok(Response::new(taken))
    }

    async fn ack_password_resets(
        &self,
        request: Request<AckPasswordResetsRequest>,
    ) -> Result<Response<AckPasswordResetsResponse>, Status> {
        reset::ack(&self.0, request).await?;
        Ok(Response::new(AckPasswordResetsResponse {}))
    }

    async fn exchange_service_key(
        &self,
        request: Request<ExchangeServiceKeyRequest>,
    ) -> Result<Response<ExchangeServiceKeyResponse>, Status> {
        let address = rpc::address(&request, &self.0.trusted_proxies);
        let token = self.0.exchange_key(&request.get_ref().secret, address);
        let token = token.await?;
        Ok(Response::new(ExchangeServiceKeyResponse {
            tokens: Some(convert::session::access_only(token)),
        }))
    }
}
