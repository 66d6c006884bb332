//! `strowger call`: what happened to a call, and why.

mod names;
mod timeline;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use api::{
    reporting::v1::{
        CallRecord, GetCallRecordRequest, ListCallRecordsRequest,
        call_record_service_client::CallRecordServiceClient,
    },
    routing::v1::{Decision, ExplainCallRequest, call_service_client::CallServiceClient},
};
use clap::Subcommand;
use ids::CallId;
use mesh::Service;
use rpc::client::{Peer, Tokens};
use tonic::Code;

use crate::{
    answer::{Doing as _, refusal},
    home::Home,
    say::{print, say},
    session::{Session, peer},
    table::Table,
};
use timeline::Timeline;

/// Ask about calls.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the record and the timeline of one call.
    ///
    /// From reporting, and while the call lives, or shortly after, with routing's
    /// own explanation of every decision.
    Show {
        /// Which, `call_…`; its trace has the same sixteen bytes.
        #[arg(value_name = "CALL")]
        call: CallId,
        /// Show ids instead of the names of people, queues, ring groups and menus.
        #[arg(long)]
        ids: bool,
        #[command(flatten)]
        at: At,
    },
    /// List the latest calls.
    List {
        /// How many at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=1000))]
        limit: i32,
        #[command(flatten)]
        at: At,
    },
}

/// Whom to ask; without flags, the mesh of `strowger up` as the demo's owner.
#[derive(Debug, clap::Args)]
pub(crate) struct At {
    /// Where reporting listens, http://host:port.
    #[arg(long, value_name = "URL", requires = "token")]
    address: Option<String>,
    /// Where routing listens, for its explanations.
    #[arg(long, value_name = "URL", requires = "token")]
    routing: Option<String>,
    /// An access token, from SignIn.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "STROWGER_TOKEN",
        hide_env_values = true,
        requires = "address"
    )]
    token: Option<String>,
}

/// The services that know about calls, as somebody.
struct Sources {
    reporting: Peer,
    routing: Option<Peer>,
    /// Somebody who may look up names.
    session: Option<Session>,
}

pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Show { call, ids, at } => show(call, ids, &at.sources().await?).await,
        Command::List { limit, at } => list(limit, at.sources().await?).await,
    }
}

impl At {
    async fn sources(&self) -> anyhow::Result<Sources> {
        if let (Some(address), Some(token)) = (&self.address, &self.token) {
            let tokens = || Some(Tokens::fixed(token));
            let routing = self
                .routing
                .as_deref()
                .map(|routing| peer(routing, tokens()));
            let reporting = peer(address, tokens())?;
            return Ok(Sources {
                reporting,
                routing: routing.transpose()?,
                session: None,
            });
        }
        let home = Home::here();
        let running = home.running()?;
        let credentials = home
            .credentials()?
            .context("there is no demo company; name --address")?;
        let session =
            Session::sign_in(&running.services, &credentials.email, &credentials.password).await?;
        Ok(Sources {
            reporting: session.peer(Service::Reporting)?,
            routing: Some(session.peer(Service::Routing)?),
            session: Some(session),
        })
    }
}

async fn show(call: CallId, ids: bool, sources: &Sources) -> anyhow::Result<ExitCode> {
    let request = GetCallRecordRequest {
        call_id: call.to_string(),
    };
    let asked = CallRecordServiceClient::new(sources.reporting.clone())
        .get_call_record(request)
        .await;
    let record = match asked {
        Ok(record) => Some(record.into_inner()),
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(refusal("read the call's record", &status)),
    };
    let decisions = explain(call, sources).await?;
    if record.is_none() && decisions.is_empty() {
        bail!("{call} is in no record you may read, and is not a live call");
    }
    let record = record.unwrap_or_else(|| CallRecord {
        call_id: call.to_string(),
        ..Default::default()
    });
    let text = Timeline::new(call, &record, &decisions).to_string();
    match sources.session.as_ref().filter(|_| !ids) {
        Some(session) => print(format_args!(
            "{}",
            names::instead_of_ids(text, session).await?
        )),
        None => print(text),
    }
    Ok(ExitCode::SUCCESS)
}

/// Routing's own words; none once it has forgotten the call.
async fn explain(call: CallId, sources: &Sources) -> anyhow::Result<Vec<Decision>> {
    let Some(routing) = &sources.routing else {
        return Ok(Vec::new());
    };
    let request = ExplainCallRequest {
        call_id: call.to_string(),
    };
    match CallServiceClient::new(routing.clone())
        .explain_call(request)
        .await
    {
        Ok(answer) => Ok(answer.into_inner().decisions),
        Err(status) if status.code() == Code::NotFound => Ok(Vec::new()),
        Err(status) => Err(refusal("ask routing about the call", &status)),
    }
}

async fn list(limit: i32, sources: Sources) -> anyhow::Result<ExitCode> {
    let request = ListCallRecordsRequest {
        page_size: limit,
        ..Default::default()
    };
    let answer = CallRecordServiceClient::new(sources.reporting)
        .list_call_records(request)
        .await;
    let records = answer.doing("list the calls")?.call_records;
    let mut table = Table::new(&[
        "arrived (UTC)",
        "call",
        "from",
        "dialled",
        "outcome",
        "talked",
    ])
    .left(5);
    for record in &records {
        table.row([
            timeline::clock(record.arrive_time),
            record.call_id.clone(),
            record.from.clone(),
            record.dialled.clone(),
            timeline::outcome(record),
            timeline::seconds(record.talked),
        ]);
    }
    match records.is_empty() {
        true => say("no calls yet"),
        false => print(format_args!("{}", table.aligned(0))),
    }
    Ok(ExitCode::SUCCESS)
}
