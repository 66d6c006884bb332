use api::presence::v1::{
    self, AnswerRequest, AnswerResponse, DeclineRequest, DeclineResponse, OfferRequest,
    OfferResponse, ReleaseRequest, ReleaseResponse, RenewRequest, RenewResponse, ReserveRequest,
    ReserveResponse, WithdrawRequest, WithdrawResponse, floor_service_server::FloorService,
};
use ids::{AccountId, LegId};
use tonic::{Request, Response, Status};

use super::convert::{self, Fields};
use crate::{
    app::App,
    domain::Order,
    live::{Claim, OfferTo},
};

/// `FloorService`, for routing.
#[derive(Debug, Clone)]
pub struct Floor {
    app: App,
}

impl Floor {
    /// On this application.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

/// The most people in one request, and the most locks.
const MOST_PEOPLE: usize = 100;
const MOST_LOCKS: usize = 500;

#[tonic::async_trait]
impl FloorService for Floor {
    async fn reserve(
        &self,
        request: Request<ReserveRequest>,
    ) -> Result<Response<ReserveResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let account = fields.parse::<AccountId>("account_id", &request.account_id);
        let operation = fields.operation(&request.operation_id);
        let queue = fields.parse("queue_id", &request.queue_id);
        let call = fields.parse("call_id", &request.call_id);
        let lease = fields.lease(request.lease);
        let avoid = fields.people(
            "avoid_person_ids",
            &request.avoid_person_ids,
            0,
            MOST_PEOPLE,
        );
        let made = account
            .zip(operation)
            .zip(queue.zip(call))
            .zip(lease.zip(avoid));
        let (((account, operation), target), (lease, avoid)) = fields.finish(made)?;
        let reserved = self
            .app
            .reserve(account, operation, target, lease, &avoid)
            .await?;
        Ok(Response::new(convert::reserved(&reserved)))
    }

    async fn offer(
        &self,
        request: Request<OfferRequest>,
    ) -> Result<Response<OfferResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let account = fields.parse::<AccountId>("account_id", &request.account_id);
        let operation = fields.operation(&request.operation_id);
        let call = fields.parse("call_id", &request.call_id);
        let people = fields.people("person_ids", &request.person_ids, 1, MOST_PEOPLE);
        let kind = fields.word("kind", request.kind, |kind: v1::OfferKind| {
            kind.try_into().ok()
        });
        let order = fields.word("order", request.order, |order: v1::OfferOrder| {
            Some(order.try_into().unwrap_or(Order::Listed))
        });
        let lease = fields.lease(request.lease);
        let made = account
            .zip(operation)
            .zip(call.zip(people))
            .zip(kind.zip(order).zip(lease));
        let (((account, operation), (call, people)), ((kind, order), lease)) =
            fields.finish(made)?;
        let to = OfferTo {
            people: &people,
            kind,
            limit: request.limit,
            order,
            lease,
        };
        let outcomes = self.app.offer(account, operation, call, to).await?;
        let results = people.iter().zip(&outcomes);
        let results = results
            .map(|(person, outcome)| convert::offered(*person, outcome))
            .collect();
        Ok(Response::new(OfferResponse { results }))
    }

    async fn answer(
        &self,
        request: Request<AnswerRequest>,
    ) -> Result<Response<AnswerResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let account = fields.parse::<AccountId>("account_id", &request.account_id);
        let operation = fields.operation(&request.operation_id);
        let claim = claim(
            &mut fields,
            &request.person_id,
            &request.call_id,
            request.token,
        );
        let leg = fields.parse::<LegId>("leg_id", &request.leg_id);
        let losers = fields.people(
            "loser_person_ids",
            &request.loser_person_ids,
            0,
            MOST_PEOPLE,
        );
        let lease = fields.lease(request.lease);
        let made = account
            .zip(operation)
            .zip(claim.zip(leg))
            .zip(losers.zip(lease));
        let (((account, operation), (claim, leg)), (losers, lease)) = fields.finish(made)?;
        let answer = self
            .app
            .answer(account, operation, claim, leg, &losers, lease)
            .await;
        let (token, withdrawn) = answer.map_err(|error| about(error, claim))?;
        Ok(Response::new(AnswerResponse {
            token: Some(convert::token(token)),
            withdrawn_call_ids: withdrawn.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn decline(
        &self,
        request: Request<DeclineRequest>,
    ) -> Result<Response<DeclineResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let account = fields.parse::<AccountId>("account_id", &request.account_id);
        let operation = fields.operation(&request.operation_id);
        let claim = claim(
            &mut fields,
            &request.person_id,
            &request.call_id,
            request.token,
        );
        let pass = fields.word("reason", request.reason, |reason: v1::DeclineReason| {
            reason.try_into().ok()
        });
        let made = account.zip(operation).zip(claim.zip(pass));
        let ((account, operation), (claim, pass)) = fields.finish(made)?;
        let misses = request.max_misses;
        let not_responding = self
            .app
            .decline(account, operation, claim, pass, misses)
            .await?;
        Ok(Response::new(DeclineResponse { not_responding }))
    }

    async fn withdraw(
        &self,
        request: Request<WithdrawRequest>,
    ) -> Result<Response<WithdrawResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let account = fields.parse::<AccountId>("account_id", &request.account_id);
        let operation = fields.operation(&request.operation_id);
        let call = fields.parse("call_id", &request.call_id);
        let people = fields.people("person_ids", &request.person_ids, 0, MOST_PEOPLE);
        let made = account.zip(operation).zip(call.zip(people));
        let ((account, operation), (call, people)) = fields.finish(made)?;
        self.app.withdraw(account, operation, call, &people).await?;
        Ok(Response::new(WithdrawResponse {}))
    }

    async fn renew(
        &self,
        request: Request<RenewRequest>,
    ) -> Result<Response<RenewResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let account = fields.parse::<AccountId>("account_id", &request.account_id);
        let lease = fields.lease(request.lease);
        let claims = claims(&mut fields, &request.locks);
        let ((account, lease), claims) = fields.finish(account.zip(lease).zip(claims))?;
        let lost = self.app.renew(account, &claims, lease).await?;
        Ok(Response::new(RenewResponse {
            lost: lost.iter().map(convert::held_lock).collect(),
        }))
    }

    async fn release(
        &self,
        request: Request<ReleaseRequest>,
    ) -> Result<Response<ReleaseResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::default();
        let account = fields.parse::<AccountId>("account_id", &request.account_id);
        let operation = fields.operation(&request.operation_id);
        let claim = claim(
            &mut fields,
            &request.person_id,
            &request.call_id,
            request.token,
        );
        let wrap_up = fields.wrap_up(request.wrap_up);
        let queue = fields.parse_optional("queue_id", &request.queue_id);
        let made = account.zip(operation).zip(claim).zip(wrap_up.zip(queue));
        let (((account, _), claim), (wrap_up, queue)) = fields.finish(made)?;
        self.app.release(account, claim, wrap_up, queue).await?;
        Ok(Response::new(ReleaseResponse {}))
    }
}

fn claim(fields: &mut Fields, person: &str, call: &str, token: Option<v1::Token>) -> Option<Claim> {
    let person = fields.parse("person_id", person);
    let call = fields.parse("call_id", call);
    let token = convert::token_from(&mut fields.root(), token);
    let ((person, call), token) = person.zip(call).zip(token)?;
    Some(Claim {
        person,
        call,
        token,
    })
}

fn claims(fields: &mut Fields, locks: &[v1::HeldLock]) -> Option<Vec<Claim>> {
    let fits = locks.len() <= MOST_LOCKS;
    if !fields.root().must(
        fits,
        "locks",
        format!("must have at most {MOST_LOCKS} entries"),
    ) {
        return None;
    }
    let mut root = fields.root();
    let read = locks.iter().enumerate().map(|(index, lock)| {
        let mut at = root.index("locks", index);
        let person = at.parse("person_id", &lock.person_id);
        let call = at.parse("call_id", &lock.call_id);
        let token = convert::token_from(&mut at, lock.token);
        let ((person, call), token) = person.zip(call).zip(token)?;
        Some(Claim {
            person,
            call,
            token,
        })
    });
    // All of them are read, so that all that is wrong is reported at once.
    let read: Vec<_> = read.collect();
    read.into_iter().collect()
}

/// An answer that fails says for which call.
fn about(error: crate::Error, claim: Claim) -> Status {
    let fault = fault::Fault::from(error);
    match fault.code() {
        tonic::Code::Aborted => fault.with("call_id", claim.call).into(),
        _ => fault.into(),
    }
}
