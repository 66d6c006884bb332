use access::{Caller, Permission};
use api::routing::v1::{
    Call, Decision, DeclineCallRequest, ExplainCallRequest, ExplainCallResponse, GetCallRequest,
    HangUpCallRequest, HoldCallRequest, ListCallsRequest, ListCallsResponse, ResumeCallRequest,
    call_service_server::CallService,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fault::{Fault, Violations};
use ids::{CallId, RequestId, UserId};
use tonic::{Request, Response, Status};

use super::{convert::time::timestamp, request};
use crate::{
    app::{By, Shared, Viewer},
    domain::{Input, Time},
    error::Error,
};

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// `CallService`.
#[derive(Debug)]
pub(crate) struct Calls {
    app: Shared,
}

impl Calls {
    pub(crate) fn new(app: Shared) -> Self {
        Self { app }
    }

    /// What whoever sent the request may see of calls.
    async fn viewer<T>(
        &self,
        request: &Request<T>,
        permission: Permission,
    ) -> Result<Viewer, Status> {
        self.app.viewer(rpc::caller(request)?, permission).await
    }

    /// Does something to a call that the caller of the method may see.
    async fn act(
        &self,
        caller: &Caller,
        (request_id, call_id): (&str, &str),
        input: impl FnOnce(UserId) -> Input,
    ) -> Result<Response<Call>, Status> {
        let call = change(request_id, call_id)?;
        let person = caller.user_id()?;
        let viewer = Viewer::own(caller.account_id()?, person);
        self.app.view(call, &viewer).await?;
        let by = By::Person(person);
        self.app.bring(call, input(person), by).await?;
        Ok(Response::new(self.app.view(call, &viewer).await?.into()))
    }
}

#[tonic::async_trait]
impl CallService for Calls {
    async fn get_call(&self, request: Request<GetCallRequest>) -> Result<Response<Call>, Status> {
        let viewer = self.viewer(&request, Permission::CallsRead).await?;
        let call = request::id("call_id", &request.get_ref().call_id)?;
        Ok(Response::new(self.app.view(call, &viewer).await?.into()))
    }

    async fn list_calls(
        &self,
        request: Request<ListCallsRequest>,
    ) -> Result<Response<ListCallsResponse>, Status> {
        let viewer = self.viewer(&request, Permission::CallsRead).await?;
        let request = request.get_ref();
        let size = page_size(request.page_size)?;
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(read_token(token, &viewer).ok_or(Error::PageToken)?),
        };
        let (calls, next) = self.app.list(&viewer, after, size).await?;
        let next_page_token = next.map_or_else(String::new, |place| write_token(place, &viewer));
        let calls = calls.into_iter().map(Call::from).collect();
        Ok(Response::new(ListCallsResponse {
            calls,
            next_page_token,
        }))
    }

    async fn hang_up_call(
        &self,
        request: Request<HangUpCallRequest>,
    ) -> Result<Response<Call>, Status> {
        let caller = rpc::caller(&request)?;
        let viewer = self.app.viewer(caller, Permission::CallsControl).await?;
        let by = caller.user_id().map_or(By::Mesh, By::Person);
        let request = request.get_ref();
        let call = change(&request.request_id, &request.call_id)?;
        self.app.view_to_end(call, &viewer).await?;
        self.app.bring(call, Input::HangUp, by).await?;
        Ok(Response::new(self.app.view(call, &viewer).await?.into()))
    }

    async fn decline_call(
        &self,
        request: Request<DeclineCallRequest>,
    ) -> Result<Response<Call>, Status> {
        let ids = (&*request.get_ref().request_id, &*request.get_ref().call_id);
        self.act(rpc::caller(&request)?, ids, Input::Decline).await
    }

    async fn hold_call(&self, request: Request<HoldCallRequest>) -> Result<Response<Call>, Status> {
        let ids = (&*request.get_ref().request_id, &*request.get_ref().call_id);
        self.act(rpc::caller(&request)?, ids, Input::Hold).await
    }

    async fn resume_call(
        &self,
        request: Request<ResumeCallRequest>,
    ) -> Result<Response<Call>, Status> {
        let ids = (&*request.get_ref().request_id, &*request.get_ref().call_id);
        self.act(rpc::caller(&request)?, ids, Input::Resume).await
    }

    async fn explain_call(
        &self,
        request: Request<ExplainCallRequest>,
    ) -> Result<Response<ExplainCallResponse>, Status> {
        let viewer = self.viewer(&request, Permission::CallsRead).await?;
        let call = request::id("call_id", &request.get_ref().call_id)?;
        let explanations = self.app.view(call, &viewer).await?.call.explanations;
        let decisions = explanations.into_iter().map(|explanation| Decision {
            time: Some(timestamp(explanation.at)),
            explanation: explanation.text,
        });
        Ok(Response::new(ExplainCallResponse {
            decisions: decisions.collect(),
        }))
    }
}

fn change(request_id: &str, call_id: &str) -> Result<CallId, Fault> {
    let mut violations = Violations::new();
    let mut fields = violations.root();
    // Every change here is one that a repeat finds done, so the id needs no memory.
    let request: Option<RequestId> = fields.parse("request_id", request_id);
    let call = fields.parse("call_id", call_id);
    request::finish(violations, request.and(call))
}

fn page_size(size: i32) -> Result<usize, Fault> {
    let mut violations = Violations::new();
    let size = usize::try_from(size).ok();
    violations
        .root()
        .must(size.is_some(), "page_size", "must not be negative");
    let size = size.map(|size| match size {
        0 => DEFAULT_PAGE,
        size => size.min(LARGEST_PAGE),
    });
    request::finish(violations, size)
}

/// A token is good for the viewer it was made for, because it leads on in what they see.
fn write_token((time, call): (Time, CallId), viewer: &Viewer) -> String {
    let only = viewer
        .person()
        .map_or_else(String::new, |person| person.to_string());
    BASE64_URL_SAFE_NO_PAD.encode(format!(
        "{}|{}|{call}|{only}",
        viewer.account,
        time.millis()
    ))
}

fn read_token(token: &str, viewer: &Viewer) -> Option<(Time, CallId)> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let mut parts = text.split('|');
    let _account = parts.next()?;
    let place = (
        Time::from_millis(parts.next()?.parse().ok()?),
        parts.next()?.parse().ok()?,
    );
    (write_token(place, viewer) == token).then_some(place)
}

#[cfg(test)]
mod tests {
    use ids::AccountId;

    use super::*;

    #[test]
    fn a_page_token_is_good_for_its_viewer_only() {
        let place = (Time::from_millis(1_733_150_000_000), CallId::generate());
        let account = AccountId::generate();
        let everybody = Viewer::whole(account);
        let token = write_token(place, &everybody);
        assert_eq!(read_token(&token, &everybody), Some(place));
        let one = Viewer::own(account, UserId::generate());
        let stranger = Viewer::whole(AccountId::generate());
        for viewer in [one, stranger] {
            assert_eq!(read_token(&token, &viewer), None);
        }
        for rubbish in ["", "*", "AAAA", &token[1..]] {
            assert_eq!(read_token(rubbish, &everybody), None, "{rubbish}");
        }
    }
}
