use std::pin::Pin;

use api::routing::v1::{
    AckCommandsRequest, AckCommandsResponse, AttachRequest, AttachResponse, Attached as Ready,
    KeepaliveRequest, KeepaliveResponse, LiveLeg as WireLeg, ReportAnswerRequest,
    ReportAnswerResponse, ReportArrivalRequest, ReportArrivalResponse, ReportDigitsRequest,
    ReportDigitsResponse, ReportHangupRequest, ReportHangupResponse, ReportPlayedRequest,
    ReportPlayedResponse, ReportRecordingRequest, ReportRecordingResponse, ReportRingingRequest,
    ReportRingingResponse, ReportUnreachableRequest, ReportUnreachableResponse,
    attach_response::Message, edge_service_server::EdgeService,
};
use fault::{Fault, Violations};
use futures::{Stream, StreamExt, stream};
use ids::{CallId, EdgeId, LegId};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    convert::{command, time::duration},
    request,
};
use crate::{
    app::{Arriving, Attached, By, LiveLeg, Shared},
    domain::Input,
    error::Error,
    live::edge::CommandId,
};

/// Commands acknowledged in one request.
const MAX_ACKS: usize = 500;
/// Legs of one keepalive.
const MAX_LEGS: usize = 10_000;
/// Characters of an edge's own id of a call.
const MAX_EDGE_CALL_ID: usize = 128;
const MAX_NAME: usize = 100;
const MAX_DIGITS: usize = 32;
const MAX_LOCATION: usize = 1000;

/// `EdgeService`.
#[derive(Debug)]
pub(crate) struct Edges {
    app: Shared,
    drain: CancellationToken,
}

impl Edges {
    pub(crate) fn new(app: Shared, drain: CancellationToken) -> Self {
        Self { app, drain }
    }

    async fn bring(&self, call: CallId, input: Input) -> Result<(), Error> {
        self.app.bring(call, input, By::Mesh).await.map(drop)
    }
}

#[tonic::async_trait]
impl EdgeService for Edges {
    type AttachStream = Pin<Box<dyn Stream<Item = Result<AttachResponse, Status>> + Send>>;

    async fn attach(
        &self,
        request: Request<AttachRequest>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let edge: EdgeId = request::id("edge_id", &request.get_ref().edge_id)?;
        let attached = self.app.attach(edge).await?;
        let (lease, keepalive_within) = self.app.edge_terms();
        let ready = Message::Attached(Ready {
            lease: Some(duration(lease)),
            keepalive_within: Some(duration(keepalive_within)),
        });
        let first = stream::once(async {
            Ok(AttachResponse {
                message: Some(ready),
            })
        });
        let all = first.chain(commands(attached));
        let goodbye = || async { Err(rpc::drain::fault().into()) };
        let until_drained = rpc::drain::until(all, self.drain.clone(), goodbye);
        Ok(Response::new(Box::pin(until_drained)))
    }

    async fn ack_commands(
        &self,
        request: Request<AckCommandsRequest>,
    ) -> Result<Response<AckCommandsResponse>, Status> {
        let (edge, commands) = acks(request.get_ref())?;
        self.app.acknowledge(edge, &commands).await?;
        Ok(Response::new(AckCommandsResponse {}))
    }

    async fn report_arrival(
        &self,
        request: Request<ReportArrivalRequest>,
    ) -> Result<Response<ReportArrivalResponse>, Status> {
        let (call, leg) = self.app.arrive(arriving(request.into_inner())?).await?;
        let answer = ReportArrivalResponse {
            call_id: call.to_string(),
            leg_id: leg.to_string(),
        };
        Ok(Response::new(answer))
    }

    async fn report_ringing(
        &self,
        request: Request<ReportRingingRequest>,
    ) -> Result<Response<ReportRingingResponse>, Status> {
        let request = request.get_ref();
        let (call, leg) = leg_of_call(&request.call_id, &request.leg_id)?;
        self.bring(call, Input::LegRinging(leg)).await?;
        Ok(Response::new(ReportRingingResponse {}))
    }

    async fn report_answer(
        &self,
        request: Request<ReportAnswerRequest>,
    ) -> Result<Response<ReportAnswerResponse>, Status> {
        let request = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let call = fields.parse("call_id", &request.call_id);
        let leg = fields.parse("leg_id", &request.leg_id);
        let device = match request.device_id.as_str() {
            "" => Some(None),
            id => fields.parse("device_id", id).map(Some),
        };
        let made = call.zip(leg).zip(device);
        let ((call, leg), device): ((CallId, LegId), _) = request::finish(violations, made)?;
        let connected = self.app.answer(call, leg, device).await?;
        Ok(Response::new(ReportAnswerResponse { connected }))
    }

    async fn report_digits(
        &self,
        request: Request<ReportDigitsRequest>,
    ) -> Result<Response<ReportDigitsResponse>, Status> {
        let request = request.into_inner();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let call = fields.parse("call_id", &request.call_id);
        let collect = fields.accept(
            "collect_id",
            request
                .collect_id
                .parse::<u32>()
                .map_err(|_| "must be one from a Collect command"),
        );
        let is_key = |key: char| key.is_ascii_digit() || key == '*' || key == '#';
        let plain = request.digits.len() <= MAX_DIGITS && request.digits.chars().all(is_key);
        fields.must(plain, "digits", "must be at most 32 of 0 to 9, * and #");
        let (call, collect) = request::finish(violations, call.zip(collect))?;
        self.bring(
            call,
            Input::Digits {
                collect,
                digits: request.digits,
            },
        )
        .await?;
        Ok(Response::new(ReportDigitsResponse {}))
    }

    async fn report_hangup(
        &self,
        request: Request<ReportHangupRequest>,
    ) -> Result<Response<ReportHangupResponse>, Status> {
        let request = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let call = fields.parse("call_id", &request.call_id);
        let leg = fields.parse("leg_id", &request.leg_id);
        // A cause of a later version of the edge is a hang-up all the same.
        let cause = request.cause().into();
        let (call, leg) = request::finish(violations, call.zip(leg))?;
        self.bring(call, Input::LegEnded { leg, cause }).await?;
        Ok(Response::new(ReportHangupResponse {}))
    }

    async fn report_unreachable(
        &self,
        request: Request<ReportUnreachableRequest>,
    ) -> Result<Response<ReportUnreachableResponse>, Status> {
        let request = request.get_ref();
        let (call, leg) = leg_of_call(&request.call_id, &request.leg_id)?;
        self.bring(call, Input::LegUnreachable(leg)).await?;
        Ok(Response::new(ReportUnreachableResponse {}))
    }

    async fn report_played(
        &self,
        request: Request<ReportPlayedRequest>,
    ) -> Result<Response<ReportPlayedResponse>, Status> {
        let request = request.get_ref();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let call = fields.parse("call_id", &request.call_id);
        let command: Option<CommandId> = fields.parse("command_id", &request.command_id);
        let (call, _) = request::finish(violations, call.zip(command))?;
        self.bring(call, Input::Played).await?;
        Ok(Response::new(ReportPlayedResponse {}))
    }

    async fn report_recording(
        &self,
        request: Request<ReportRecordingRequest>,
    ) -> Result<Response<ReportRecordingResponse>, Status> {
        let request = request.into_inner();
        let mut violations = Violations::new();
        let mut fields = violations.root();
        let call = fields.parse("call_id", &request.call_id);
        let location = &request.location;
        let fits = !location.is_empty() && request::is_plain(location, MAX_LOCATION);
        fields.must(fits, "location", "must be a URI of 1 to 1000 characters");
        let length = request.length.ok_or("is required").and_then(|length| {
            // Looked at before it is converted: prost negates what is negative,
            // and the lowest number has no opposite.
            let length = Some(length).filter(|length| length.seconds >= 0);
            length
                .and_then(|length| std::time::Duration::try_from(length).ok())
                .ok_or("must not be negative")
        });
        let length = fields.accept("length", length);
        let (call, length) = request::finish(violations, call.zip(length))?;
        let length_ms = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        self.bring(
            call,
            Input::Recorded {
                location: request.location,
                length_ms,
            },
        )
        .await?;
        Ok(Response::new(ReportRecordingResponse {}))
    }

    async fn keepalive(
        &self,
        request: Request<KeepaliveRequest>,
    ) -> Result<Response<KeepaliveResponse>, Status> {
        let (edge, legs) = live_legs(request.get_ref())?;
        let unknown = self.app.keep_alive(edge, legs).await?;
        let unknown_legs = unknown.into_iter().map(|leg| WireLeg {
            call_id: leg.call.to_string(),
            leg_id: leg.leg.to_string(),
        });
        Ok(Response::new(KeepaliveResponse {
            unknown_legs: unknown_legs.collect(),
        }))
    }
}

/// Every command of an edge's stream, until it fails once.
fn commands(attached: Attached) -> impl Stream<Item = Result<AttachResponse, Status>> + Send {
    let batches = stream::unfold(Some(attached), |attached| async {
        let mut attached = attached?;
        Some(match attached.next().await {
            Ok(batch) => (batch.iter().map(sent).collect::<Vec<_>>(), Some(attached)),
            Err(error) => (vec![Err(error.into())], None),
        })
    });
    batches.flat_map(stream::iter)
}

fn sent((id, bytes): &(CommandId, Vec<u8>)) -> Result<AttachResponse, Status> {
    let command = command::decode(*id, bytes).map_err(Fault::internal)?;
    Ok(AttachResponse {
        message: Some(Message::Command(command)),
    })
}

fn leg_of_call(call: &str, leg: &str) -> Result<(CallId, LegId), Fault> {
    let mut violations = Violations::new();
    let mut fields = violations.root();
    let call = fields.parse("call_id", call);
    let leg = fields.parse("leg_id", leg);
    request::finish(violations, call.zip(leg))
}

fn arriving(request: ReportArrivalRequest) -> Result<Arriving, Fault> {
    let mut violations = Violations::new();
    let mut fields = violations.root();
    let edge = fields.parse("edge_id", &request.edge_id);
    let edge_call = &request.edge_call_id;
    let named = !edge_call.is_empty() && request::is_plain(edge_call, MAX_EDGE_CALL_ID);
    fields.must(named, "edge_call_id", "must be 1 to 128 characters");
    let from = request.from.is_empty() || request::is_e164(&request.from);
    fields.must(from, "from", "must be E.164 with +, or empty");
    fields.must(
        request::is_e164(&request.dialled),
        "dialled",
        "must be E.164 with +",
    );
    let name = request::is_plain(&request.from_name, MAX_NAME);
    fields.must(name, "from_name", "must be at most 100 characters");
    let edge = request::finish(violations, edge)?;
    Ok(Arriving {
        edge,
        edge_call: request.edge_call_id,
        from: request.from,
        from_name: request.from_name,
        dialled: request.dialled,
    })
}

fn acks(request: &AckCommandsRequest) -> Result<(EdgeId, Vec<CommandId>), Fault> {
    let mut violations = Violations::new();
    let mut fields = violations.root();
    let edge = fields.parse("edge_id", &request.edge_id);
    let ids = &request.command_ids;
    fields.must(
        (1..=MAX_ACKS).contains(&ids.len()),
        "command_ids",
        "must be 1 to 500",
    );
    let commands: Vec<_> = ids
        .iter()
        .take(MAX_ACKS)
        .enumerate()
        .filter_map(|(index, id)| {
            let parsed = id.parse::<CommandId>();
            parsed
                .map_err(|wrong| fields.index("command_ids", index).here(wrong))
                .ok()
        })
        .collect();
    request::finish(violations, edge.map(|edge| (edge, commands)))
}

fn live_legs(request: &KeepaliveRequest) -> Result<(EdgeId, Vec<LiveLeg>), Fault> {
    let mut violations = Violations::new();
    let mut fields = violations.root();
    let edge = fields.parse("edge_id", &request.edge_id);
    fields.must(
        request.legs.len() <= MAX_LEGS,
        "legs",
        "must be at most 10000",
    );
    let legs: Vec<_> = request
        .legs
        .iter()
        .take(MAX_LEGS)
        .enumerate()
        .filter_map(|(index, leg)| {
            let mut fields = fields.index("legs", index);
            let call = fields.parse("call_id", &leg.call_id);
            let leg = fields.parse("leg_id", &leg.leg_id);
            call.zip(leg).map(|(call, leg)| LiveLeg { call, leg })
        })
        .collect();
    request::finish(violations, edge.map(|edge| (edge, legs)))
}
