//! The floor of people, as presence keeps it: [`FloorRequest`] out, [`FloorResult`] back.

mod wire;

use std::time::Duration;

use api::presence::v1::{self as proto, floor_service_client::FloorServiceClient};
use futures::future::BoxFuture;
use ids::{AccountId, CallId, UserId};
use rpc::Peer;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use wire::{
    decline_reason, lock_in, lock_out, offer_kind, offer_order, offered_in, proto_span,
    reservation_in, span, texts, token_in, token_out,
};

use crate::domain::{
    Call, FloorOperation, FloorRequest, FloorResult, OfferOutcome, Offered, Refusal, Token,
};

/// Locks renewed in one request.
pub(crate) const RENEWED_AT_ONCE: usize = 500;

/// Presence cannot say now; ask again under the same operation id.
#[derive(Debug, thiserror::Error)]
#[error("presence did not answer {request}")]
pub(crate) struct NoAnswer {
    request: &'static str,
    #[source]
    status: Box<Status>,
}

/// A lock that a live leg holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeldLock {
    pub(crate) call: CallId,
    pub(crate) person: UserId,
    pub(crate) token: Token,
}

/// Asks presence. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Floor {
    client: FloorServiceClient<Peer>,
    lock_lease: Duration,
}

impl Floor {
    pub(crate) fn new(peer: Peer, lock_lease: Duration) -> Self {
        Self {
            client: FloorServiceClient::new(peer),
            lock_lease,
        }
    }

    /// Carries out one request of a call.
    ///
    /// A refusal that would be the same again is an answer, so that a call never waits for ever.
    /// Boxed: six requests make a future of many kilobytes, for whoever awaits it.
    pub(crate) fn ask<'a>(
        &'a self,
        call: &'a Call,
        operation: &'a FloorOperation,
    ) -> BoxFuture<'a, Result<FloorResult, NoAnswer>> {
        Box::pin(self.ask_one(call, operation))
    }

    async fn ask_one(
        &self,
        call: &Call,
        operation: &FloorOperation,
    ) -> Result<FloorResult, NoAnswer> {
        let ids = Ids {
            account: call.account.to_string(),
            call: call.id.to_string(),
            operation: call.operation_id(operation.number),
        };
        match &operation.request {
            FloorRequest::Reserve {
                queue,
                lease,
                avoid,
            } => {
                let request = proto::ReserveRequest {
                    account_id: ids.account,
                    operation_id: ids.operation,
                    queue_id: queue.to_string(),
                    call_id: ids.call,
                    lease: Some(span(*lease)),
                    avoid_person_ids: texts(avoid),
                };
                self.reserve(request).await
            }
            FloorRequest::Offer {
                people,
                kind,
                limit,
                order,
                lease,
            } => {
                let request = proto::OfferRequest {
                    account_id: ids.account,
                    operation_id: ids.operation,
                    call_id: ids.call,
                    person_ids: texts(people),
                    kind: offer_kind(*kind).into(),
                    lease: Some(span(*lease)),
                    limit: *limit,
                    order: offer_order(*order).into(),
                };
                self.offer(request, people).await
            }
            FloorRequest::Answer {
                leg,
                person,
                token,
                losers,
            } => {
                let request = proto::AnswerRequest {
                    account_id: ids.account,
                    operation_id: ids.operation,
                    call_id: ids.call,
                    leg_id: leg.to_string(),
                    person_id: person.to_string(),
                    token: Some(token_out(*token)),
                    loser_person_ids: texts(losers),
                    lease: Some(span(self.lock_lease)),
                };
                self.answer(request).await
            }
            FloorRequest::Decline {
                person,
                token,
                reason,
                max_misses,
            } => {
                let request = proto::DeclineRequest {
                    account_id: ids.account,
                    operation_id: ids.operation,
                    call_id: ids.call,
                    person_id: person.to_string(),
                    token: Some(token_out(*token)),
                    reason: decline_reason(*reason).into(),
                    max_misses: *max_misses,
                };
                let answer = self.client.clone().decline(request).await;
                done("Decline", answer.map(drop))
            }
            FloorRequest::Withdraw { people } => {
                let request = proto::WithdrawRequest {
                    account_id: ids.account,
                    operation_id: ids.operation,
                    call_id: ids.call,
                    person_ids: texts(people),
                };
                let answer = self.client.clone().withdraw(request).await;
                done("Withdraw", answer.map(drop))
            }
            FloorRequest::Release {
                person,
                token,
                wrap_up,
                queue,
            } => {
                let request = proto::ReleaseRequest {
                    account_id: ids.account,
                    operation_id: ids.operation,
                    call_id: ids.call,
                    person_id: person.to_string(),
                    token: Some(token_out(*token)),
                    wrap_up: Some(proto_span(*wrap_up)),
                    queue_id: queue.map_or_else(String::new, |queue| queue.to_string()),
                };
                let answer = self.client.clone().release(request).await;
                done("Release", answer.map(drop))
            }
        }
    }

    /// Renews the locks of one account; returns those that are lost.
    pub(crate) async fn renew(
        &self,
        account: AccountId,
        locks: &[HeldLock],
    ) -> Result<Vec<HeldLock>, NoAnswer> {
        let request = proto::RenewRequest {
            account_id: account.to_string(),
            locks: locks.iter().map(lock_out).collect(),
            lease: Some(span(self.lock_lease)),
        };
        let answer = self
            .client
            .clone()
            .renew(request)
            .await
            .map_err(no_answer("Renew"))?;
        let lost = answer.into_inner().lost;
        Ok(lost.into_iter().filter_map(|lock| lock_in(&lock)).collect())
    }

    async fn reserve(&self, request: proto::ReserveRequest) -> Result<FloorResult, NoAnswer> {
        let answer = match self.client.clone().reserve(request).await {
            Ok(answer) => answer.into_inner(),
            // The queue left the plan a moment ago, here or there.
            Err(status) if is_final(&status) => {
                refused("Reserve", &status);
                return Ok(FloorResult::Reserved {
                    reservation: None,
                    logged_in: 0,
                });
            }
            Err(status) => return Err(no_answer("Reserve")(status)),
        };
        let reservation = answer.reservation.and_then(reservation_in);
        Ok(FloorResult::Reserved {
            reservation,
            logged_in: answer.logged_in,
        })
    }

    async fn offer(
        &self,
        request: proto::OfferRequest,
        people: &[UserId],
    ) -> Result<FloorResult, NoAnswer> {
        let results = match self.client.clone().offer(request).await {
            Ok(answer) => answer.into_inner().results,
            Err(status) if is_final(&status) => {
                refused("Offer", &status);
                Vec::new()
            }
            Err(status) => return Err(no_answer("Offer")(status)),
        };
        let mut offered: Vec<_> = results.into_iter().filter_map(offered_in).collect();
        // One word about everybody, whatever came.
        for person in people {
            if !offered.iter().any(|offered| offered.person == *person) {
                offered.push(Offered {
                    person: *person,
                    outcome: OfferOutcome::Unknown,
                });
            }
        }
        Ok(FloorResult::Offered(offered))
    }

    async fn answer(&self, request: proto::AnswerRequest) -> Result<FloorResult, NoAnswer> {
        let answer = match self.client.clone().answer(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                return match reason(&status).as_deref() {
                    Some("PERSON_BUSY") => Ok(FloorResult::Refused(Refusal::Busy)),
                    Some("TOKEN_STALE") => Ok(FloorResult::Refused(Refusal::Stale)),
                    Some("OFFER_GONE") => Ok(FloorResult::Refused(Refusal::OfferGone)),
                    _ if is_final(&status) => {
                        refused("Answer", &status);
                        Ok(FloorResult::Refused(Refusal::OfferGone))
                    }
                    _ => Err(no_answer("Answer")(status)),
                };
            }
        };
        let withdrawn = answer
            .withdrawn_call_ids
            .iter()
            .filter_map(|id| id.parse().ok());
        Ok(FloorResult::Answered {
            token: token_in(answer.token.unwrap_or_default()),
            withdrawn: withdrawn.collect(),
        })
    }
}

struct Ids {
    account: String,
    call: String,
    operation: String,
}

fn done(request: &'static str, answer: Result<(), Status>) -> Result<FloorResult, NoAnswer> {
    match answer {
        Ok(()) => Ok(FloorResult::Done),
        Err(status) if is_final(&status) => {
            refused(request, &status);
            Ok(FloorResult::Done)
        }
        Err(status) => Err(no_answer(request)(status)),
    }
}

/// Whether asking again would be answered the same.
fn is_final(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unimplemented
    ) || reason(status).is_some_and(|reason| {
        matches!(
            reason.as_str(),
            "OFFER_GONE" | "TOKEN_STALE" | "PERSON_BUSY"
        )
    })
}

fn reason(status: &Status) -> Option<String> {
    Some(status.get_details_error_info()?.reason)
}

fn refused(request: &'static str, status: &Status) {
    let reason = reason(status).unwrap_or_default();
    tracing::warn!(request, code = ?status.code(), reason, "presence refused");
}

fn no_answer(request: &'static str) -> impl Fn(Status) -> NoAnswer {
    move |status| NoAnswer {
        request,
        status: Box::new(status),
    }
}
