//! `AuthService`, the second factor.

use api::identity::v1::{
    ConfirmTotpRequest, ConfirmTotpResponse, DisableTotpRequest, DisableTotpResponse,
    EnrolTotpRequest, EnrolTotpResponse, RegenerateRecoveryCodesRequest,
    RegenerateRecoveryCodesResponse, VerifyFactorRequest, VerifyFactorResponse,
    disable_totp_request, regenerate_recovery_codes_request,
};
use fault::At;
use tonic::{Request, Status};
use zeroize::Zeroizing;

use super::{convert, request};
use crate::{
    app::{App, challenge::Answer, factor::Proof},
    domain::password::Password,
};

pub(super) async fn verify(
    app: &App,
    request: Request<VerifyFactorRequest>,
) -> Result<VerifyFactorResponse, Status> {
    let network = rpc::network(&request, &app.trusted_proxies);
    let message = request.into_inner();
    let answer = request::check(|at| {
        let token = typed(at, "challenge_token", message.challenge_token);
        let code = typed(at, "code", message.code);
        Some(Answer {
            token: token?,
            code: code?,
            network,
            device_token: message.device_token,
            take_over: message.take_over,
        })
    })?;
    let verified = app.verify_factor(answer).await?;
    Ok(convert::session::verified(verified))
}

pub(super) async fn enrol(
    app: &App,
    request: Request<EnrolTotpRequest>,
) -> Result<EnrolTotpResponse, Status> {
    let by = request::person(&request, &app.trusted_proxies)?;
    let message = request.into_inner();
    let current = request::check(|at| password(at, "current_password", message.current_password))?;
    let offer = app.enrol_totp(&by, current, Zeroizing::new(message.code));
    let (enrolment, expires) = offer.await?;
    Ok(EnrolTotpResponse {
        enrolment: Some(convert::session::enrolment(&enrolment)),
        expire_time: convert::timestamp(expires),
    })
}

pub(super) async fn confirm(
    app: &App,
    request: Request<ConfirmTotpRequest>,
) -> Result<ConfirmTotpResponse, Status> {
    let by = request::person(&request, &app.trusted_proxies)?;
    let code = request::check(|at| typed(at, "code", request.into_inner().code))?;
    let codes = app.confirm_totp(&by, &code).await?;
    Ok(ConfirmTotpResponse {
        recovery_codes: convert::session::recovery_codes(&codes),
    })
}

pub(super) async fn disable(
    app: &App,
    request: Request<DisableTotpRequest>,
) -> Result<DisableTotpResponse, Status> {
    use disable_totp_request::Proof as Wire;
    let by = request::person(&request, &app.trusted_proxies)?;
    let message = request.into_inner();
    let proof = request::check(|at| match at.required("proof", message.proof)? {
        Wire::CurrentPassword(text) => password(at, "current_password", text).map(Proof::Password),
        Wire::Code(code) => typed(at, "code", code).map(Proof::Code),
    })?;
    app.disable_totp(&by, proof).await?;
    Ok(DisableTotpResponse {})
}

pub(super) async fn regenerate(
    app: &App,
    request: Request<RegenerateRecoveryCodesRequest>,
) -> Result<RegenerateRecoveryCodesResponse, Status> {
    use regenerate_recovery_codes_request::Proof as Wire;
    let by = request::person(&request, &app.trusted_proxies)?;
    let message = request.into_inner();
    let proof = request::check(|at| match at.required("proof", message.proof)? {
        Wire::CurrentPassword(text) => password(at, "current_password", text).map(Proof::Password),
        Wire::Code(code) => typed(at, "code", code).map(Proof::Code),
    })?;
    let codes = app.regenerate_recovery_codes(&by, proof).await?;
    Ok(RegenerateRecoveryCodesResponse {
        recovery_codes: convert::session::recovery_codes(&codes),
    })
}

/// A field that must be set.
fn typed(at: &mut At<'_>, field: &str, text: String) -> Option<Zeroizing<String>> {
    at.must(!text.is_empty(), field, "must be set")
        .then(|| Zeroizing::new(text))
}

/// What somebody typed as their password, if it can be one at all.
fn password(at: &mut At<'_>, field: &str, text: String) -> Option<Option<Password>> {
    at.must(!text.is_empty(), field, "must be set")
        .then(|| Password::typed(text))
}
