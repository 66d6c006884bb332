//! Routing's side of a story: calls that look for people.

use api::presence::v1::{
    AnswerRequest, AnswerResponse, DeclineReason, DeclineRequest, OfferKind, OfferRequest,
    OfferResult, ReleaseRequest, Reservation, ReserveRequest, ReserveResponse, Token,
    WithdrawRequest,
};
use ids::{AccountId, CallId, LegId, QueueId};
use prost_types::Duration;
use tonic::Status;

use crate::office::{Floor, Office, Worker, fresh_name};

/// One call of routing.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) account: AccountId,
    pub(crate) floor: Floor,
}

pub(crate) const fn seconds(seconds: i64) -> Duration {
    Duration { seconds, nanos: 0 }
}

impl Office {
    /// A call arrives.
    pub(crate) fn call(&self) -> Call {
        Call {
            id: CallId::generate(),
            account: self.account,
            floor: self.routing(),
        }
    }
}

impl Call {
    /// Looks for somebody in the queue.
    pub(crate) async fn reserve(&self, queue: QueueId) -> ReserveResponse {
        self.reserve_avoiding(queue, &[]).await
    }

    pub(crate) async fn reserve_avoiding(
        &self,
        queue: QueueId,
        avoid: &[Worker],
    ) -> ReserveResponse {
        let request = self.reserve_request(queue, avoid);
        persist(|| async { self.floor.clone().reserve(request.clone()).await })
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) fn reserve_request(&self, queue: QueueId, avoid: &[Worker]) -> ReserveRequest {
        ReserveRequest {
            account_id: self.account.to_string(),
            operation_id: fresh_name(),
            queue_id: queue.to_string(),
            call_id: self.id.to_string(),
            lease: Some(seconds(30)),
            avoid_person_ids: ids_of(avoid),
        }
    }

    /// Looks for somebody in the queue and expects to find them.
    pub(crate) async fn find(&self, queue: QueueId) -> Reservation {
        self.reserve(queue)
            .await
            .reservation
            .expect("somebody is free")
    }

    /// Rings people.
    pub(crate) async fn offer(&self, kind: OfferKind, people: &[Worker]) -> Vec<OfferResult> {
        let request = self.offer_request(kind, people);
        persist(|| async { self.floor.clone().offer(request.clone()).await })
            .await
            .unwrap()
            .into_inner()
            .results
    }

    pub(crate) fn offer_request(&self, kind: OfferKind, people: &[Worker]) -> OfferRequest {
        OfferRequest {
            account_id: self.account.to_string(),
            operation_id: fresh_name(),
            call_id: self.id.to_string(),
            person_ids: ids_of(people),
            kind: kind.into(),
            lease: Some(seconds(30)),
            ..OfferRequest::default()
        }
    }

    /// Rings one person and expects the offer to stand.
    pub(crate) async fn ring(&self, kind: OfferKind, person: Worker) -> Token {
        let mut results = self.offer(kind, &[person]).await;
        let result = results.remove(0);
        let outcome = result.outcome();
        result
            .reservation
            .unwrap_or_else(|| panic!("{outcome:?}"))
            .token
            .unwrap()
    }

    /// The person answers.
    pub(crate) async fn answer(
        &self,
        person: Worker,
        token: Token,
    ) -> Result<AnswerResponse, Status> {
        self.answer_over(person, token, &[], 30).await
    }

    /// The person answers before others who were offered the call.
    pub(crate) async fn answer_over(
        &self,
        person: Worker,
        token: Token,
        losers: &[Worker],
        lease_seconds: i64,
    ) -> Result<AnswerResponse, Status> {
        let request = self.answer_request(person, token, losers, lease_seconds);
        Ok(
            persist(|| async { self.floor.clone().answer(request.clone()).await })
                .await?
                .into_inner(),
        )
    }

    pub(crate) fn answer_request(
        &self,
        person: Worker,
        token: Token,
        losers: &[Worker],
        lease_seconds: i64,
    ) -> AnswerRequest {
        AnswerRequest {
            account_id: self.account.to_string(),
            operation_id: fresh_name(),
            call_id: self.id.to_string(),
            leg_id: LegId::generate().to_string(),
            person_id: person.id.to_string(),
            token: Some(token),
            loser_person_ids: ids_of(losers),
            lease: Some(seconds(lease_seconds)),
        }
    }

    /// Rings one person, who answers at once.
    pub(crate) async fn connect(&self, person: Worker) -> Token {
        let token = self.ring(OfferKind::Exclusive, person).await;
        self.answer(person, token).await.unwrap().token.unwrap()
    }

    /// The person lets the call pass. Returns whether they are not responding now.
    pub(crate) async fn decline(
        &self,
        person: Worker,
        token: Token,
        reason: DeclineReason,
        max_misses: u32,
    ) -> bool {
        let request = DeclineRequest {
            account_id: self.account.to_string(),
            operation_id: fresh_name(),
            call_id: self.id.to_string(),
            person_id: person.id.to_string(),
            token: Some(token),
            reason: reason.into(),
            max_misses,
        };
        persist(|| async { self.floor.clone().decline(request.clone()).await })
            .await
            .unwrap()
            .into_inner()
            .not_responding
    }

    /// The caller hangs up while it rings.
    pub(crate) async fn withdraw(&self, people: &[Worker]) {
        let request = WithdrawRequest {
            account_id: self.account.to_string(),
            operation_id: fresh_name(),
            call_id: self.id.to_string(),
            person_ids: ids_of(people),
        };
        persist(|| async { self.floor.clone().withdraw(request.clone()).await })
            .await
            .unwrap();
    }

    /// The call ends.
    pub(crate) async fn release(&self, person: Worker, token: Token, wrap_up: Option<Duration>) {
        let request = ReleaseRequest {
            account_id: self.account.to_string(),
            operation_id: fresh_name(),
            call_id: self.id.to_string(),
            person_id: person.id.to_string(),
            token: Some(token),
            wrap_up,
            queue_id: String::new(),
        };
        persist(|| async { self.floor.clone().release(request.clone()).await })
            .await
            .unwrap();
    }
}

/// What routing does when an answer is late or lost: it asks again with the same operation id.
/// Every story on a slow machine is a test of that.
pub(crate) async fn persist<T, F>(ask: impl Fn() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    for _ in 0..20 {
        match ask().await {
            Err(status) if status.code() == tonic::Code::DeadlineExceeded => {}
            answer => return answer,
        }
    }
    ask().await
}

fn ids_of(people: &[Worker]) -> Vec<String> {
    people.iter().map(|person| person.id.to_string()).collect()
}

/// The reason that a status carries.
pub(crate) fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status
        .get_error_details()
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}
