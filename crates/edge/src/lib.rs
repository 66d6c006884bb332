//! A telephony edge in software: it plays the callers and the phones, and
//! speaks `EdgeService` as a SIP proxy would.
//!
//! Owns what every edge must get right: one command stream that is taken up
//! again when it breaks, acknowledgements, commands seen twice, fencing tokens
//! that never fall, and a keepalive that lists the legs that live. The demo,
//! the load generator and the mesh's stories are written on it.
//!
//! Carries no sound. To play another kind of phone, use [`Line`]: it has one
//! method a fact.

mod error;
mod fences;
mod line;
mod switchboard;

use std::{sync::Arc, time::Duration};

use api::routing::v1::{
    AckCommandsRequest, AttachRequest, AttachResponse, EdgeCommand, KeepaliveRequest,
    ReportArrivalRequest, attach_response::Message, edge_command::Action,
    edge_service_client::EdgeServiceClient,
};
use ids::EdgeId;
use rpc::client::Peer;
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Status, Streaming};

pub use error::EdgeError;
pub use line::Line;

use fences::Fences;
use switchboard::Switchboard;

const ACK_BATCH: usize = 200;
const REATTACH_AFTER: Duration = Duration::from_millis(200);

/// An attached edge. Clones share it; when the last is gone it detaches.
#[derive(Debug, Clone)]
pub struct Edge(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: EdgeId,
    client: EdgeServiceClient<Peer>,
    switchboard: Arc<Switchboard>,
    _detach: DropGuard,
}

impl Edge {
    /// Attaches an edge and keeps it attached.
    ///
    /// # Errors
    ///
    /// When routing does not take the first attachment.
    pub async fn attach(peer: Peer, id: EdgeId) -> Result<Self, EdgeError> {
        let client = EdgeServiceClient::new(peer);
        let switchboard = Arc::new(Switchboard::default());
        let stop = CancellationToken::new();
        let (acks, to_ack) = mpsc::channel(4 * ACK_BATCH);
        let (stream, keepalive) = open(&mut client.clone(), id).await?;
        let session = Session {
            id,
            client: client.clone(),
            switchboard: switchboard.clone(),
            acks,
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(session.clone().keep_alive(keepalive));
        tasks.spawn(acknowledge(client.clone(), id, to_ack));
        tasks.spawn(session.follow(stream));
        let stopped = stop.clone();
        tokio::spawn(async move {
            stopped.cancelled().await;
            tasks.shutdown().await;
        });
        Ok(Self(Arc::new(Inner {
            id,
            client,
            switchboard,
            _detach: stop.drop_guard(),
        })))
    }

    /// Its id.
    pub fn id(&self) -> EdgeId {
        self.0.id
    }

    /// A caller dials a number.
    ///
    /// # Errors
    ///
    /// What routing answers.
    pub async fn dial(&self, from: &str, dialled: &str) -> Result<Line, EdgeError> {
        let arrival = ReportArrivalRequest {
            edge_id: self.0.id.to_string(),
            // Unique is all it has to be.
            edge_call_id: ids::EventId::generate().to_string(),
            from: from.to_owned(),
            dialled: dialled.to_owned(),
            from_name: String::new(),
        };
        let arrived = self
            .0
            .client
            .clone()
            .report_arrival(arrival)
            .await?
            .into_inner();
        Ok(self.pick_up(&arrived.call_id, &arrived.leg_id))
    }

    /// The line of a call that somebody else reported for this edge.
    pub fn pick_up(&self, call_id: &str, leg_id: &str) -> Line {
        let commands = self.0.switchboard.plug(call_id);
        self.0.switchboard.lift(call_id, leg_id);
        Line::new(
            call_id.to_owned(),
            leg_id.to_owned(),
            self.0.client.clone(),
            commands,
            self.0.switchboard.clone(),
        )
    }

    /// Commands refused because a newer grant for the same person was seen.
    pub fn stale_commands(&self) -> u64 {
        self.0.switchboard.stale()
    }
}

/// What the background tasks of one edge share.
#[derive(Clone)]
struct Session {
    id: EdgeId,
    client: EdgeServiceClient<Peer>,
    switchboard: Arc<Switchboard>,
    acks: mpsc::Sender<String>,
}

impl Session {
    /// Hands commands to their lines, and attaches again whenever the stream
    /// ends: what was not acknowledged comes again.
    async fn follow(mut self, mut stream: Streaming<AttachResponse>) {
        let mut fences = Fences::default();
        loop {
            while let Ok(Some(response)) = stream.message().await {
                if let Some(Message::Command(command)) = response.message {
                    self.take(command, &mut fences).await;
                }
            }
            stream = loop {
                tokio::time::sleep(REATTACH_AFTER).await;
                match open(&mut self.client, self.id).await {
                    Ok((stream, _)) => break stream,
                    Err(error) => tracing::debug!(%error, "cannot attach yet"),
                }
            };
        }
    }

    async fn take(&self, command: EdgeCommand, fences: &mut Fences) {
        let id = command.command_id.clone();
        let person = match &command.action {
            Some(Action::Ring(ring)) => {
                Some(ring.person_id.as_str()).filter(|person| !person.is_empty())
            }
            _ => None,
        };
        let fresh = fences.admit(&id, person, (command.epoch, command.fence));
        match fresh {
            fences::Verdict::Fresh => self.switchboard.deliver(command),
            fences::Verdict::Stale => self.switchboard.count_stale(),
            fences::Verdict::Seen => {}
        }
        // A full channel slows the stream down, which is what it is for.
        let _ = self.acks.send(id).await;
    }

    async fn keep_alive(mut self, every: Duration) {
        let mut clock = tokio::time::interval(every);
        loop {
            clock.tick().await;
            let request = KeepaliveRequest {
                edge_id: self.id.to_string(),
                legs: self.switchboard.legs(),
            };
            match self.client.keepalive(request).await {
                Ok(answer) => {
                    for leg in answer.into_inner().unknown_legs {
                        self.switchboard.hang_up(&leg.call_id, &leg.leg_id);
                    }
                }
                Err(error) => tracing::debug!(%error, "keepalive failed"),
            }
        }
    }
}

async fn open(
    client: &mut EdgeServiceClient<Peer>,
    id: EdgeId,
) -> Result<(Streaming<AttachResponse>, Duration), EdgeError> {
    let request = AttachRequest {
        edge_id: id.to_string(),
    };
    let mut stream = client.attach(request).await?.into_inner();
    match stream.message().await?.and_then(|first| first.message) {
        Some(Message::Attached(attached)) => {
            let every = attached
                .keepalive_within
                .and_then(|every| every.try_into().ok());
            Ok((stream, every.unwrap_or(Duration::from_secs(5))))
        }
        _ => Err(Status::internal("the stream does not begin with Attached").into()),
    }
}

async fn acknowledge(
    mut client: EdgeServiceClient<Peer>,
    id: EdgeId,
    mut to_ack: mpsc::Receiver<String>,
) {
    let mut command_ids = Vec::new();
    while to_ack.recv_many(&mut command_ids, ACK_BATCH).await > 0 {
        let request = AckCommandsRequest {
            edge_id: id.to_string(),
            command_ids: core::mem::take(&mut command_ids),
        };
        // What is not acknowledged comes again and is acknowledged then.
        if let Err(error) = client.ack_commands(request).await {
            tracing::debug!(%error, "acknowledging failed");
        }
    }
}
