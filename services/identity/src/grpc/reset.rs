//! `AuthService`, forgotten passwords.

use api::identity::v1::{
    AckPasswordResetsRequest, PasswordResetDelivery, RequestPasswordResetRequest,
    ResetPasswordRequest, TakePasswordResetsRequest, TakePasswordResetsResponse,
};
use ids::DeliveryId;
use tonic::{Request, Status};

use super::{convert, request};
use crate::app::{App, reset::Delivery};

/// Mails at once.
const DEFAULT: u64 = 20;
const MAX: usize = 100;

pub(super) async fn ask(
    app: &App,
    request: Request<RequestPasswordResetRequest>,
) -> Result<(), Status> {
    let network = rpc::network(&request, &app.trusted_proxies);
    let email = request::check(|at| at.parse("email", &request.get_ref().email))?;
    app.request_password_reset(&email, &network).await?;
    Ok(())
}

pub(super) async fn redeem(
    app: &App,
    request: Request<ResetPasswordRequest>,
) -> Result<(), Status> {
    let network = rpc::network(&request, &app.trusted_proxies);
    let message = request.into_inner();
    request::check(|at| {
        let token = at.must(
            !message.reset_token.is_empty(),
            "reset_token",
            "must be set",
        );
        let password = at.must(
            !message.new_password.is_empty(),
            "new_password",
            "must be set",
        );
        (token && password).then_some(())
    })?;
    app.reset_password(&message.reset_token, message.new_password, network)
        .await?;
    Ok(())
}

pub(super) async fn take(
    app: &App,
    request: Request<TakePasswordResetsRequest>,
) -> Result<TakePasswordResetsResponse, Status> {
    let by = request::origin(rpc::caller(&request)?, &request, &app.trusted_proxies);
    let limit = request::check(|at| {
        let asked = usize::try_from(request.get_ref().limit).ok();
        let limit = asked.filter(|limit| *limit <= MAX);
        at.must(limit.is_some(), "limit", format_args!("must be 0 to {MAX}"));
        limit
    })?;
    let limit = match limit {
        0 => DEFAULT,
        asked => asked as u64,
    };
    let deliveries = app.take_password_resets(&by, limit).await?;
    Ok(TakePasswordResetsResponse {
        deliveries: deliveries.into_iter().map(delivery).collect(),
    })
}

pub(super) async fn ack(
    app: &App,
    request: Request<AckPasswordResetsRequest>,
) -> Result<(), Status> {
    let ids = &request.get_ref().delivery_ids;
    let deliveries = request::check(|at| {
        let few = at.must(
            ids.len() <= MAX,
            "delivery_ids",
            format_args!("must be at most {MAX}"),
        );
        let mut known: Vec<Option<DeliveryId>> = Vec::new();
        for (index, id) in ids.iter().take(MAX).enumerate() {
            let parsed = id.parse();
            if let Err(why) = &parsed {
                at.index("delivery_ids", index).here(why);
            }
            known.push(parsed.ok());
        }
        let known: Option<Vec<DeliveryId>> = known.into_iter().collect();
        known.filter(|_| few)
    })?;
    app.ack_password_resets(&deliveries).await?;
    Ok(())
}

fn delivery(delivery: Delivery) -> PasswordResetDelivery {
    PasswordResetDelivery {
        delivery_id: delivery.id.to_string(),
        account_id: delivery.user.account.to_string(),
        user_id: delivery.user.id.to_string(),
        email: delivery.user.email.to_string(),
        first_name: delivery.user.first_name.to_string(),
        reset_token: delivery.token.to_string(),
        expire_time: convert::timestamp(delivery.reset.expires),
    }
}
