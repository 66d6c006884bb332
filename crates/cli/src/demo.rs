//! `strowger demo`: a company, a quarter of an hour of its calls in fast
//! motion, and its report compared with what was played.
//!
//! `office` founds it, `script` says what happens, `caller` and `floor` do it
//! on the `stage`, `story` tells it, `ledger` keeps what was seen, `report`
//! asks reporting and `compare` has the last word.

mod caller;
mod compare;
mod floor;
mod ledger;
mod logs;
pub(crate) mod office;
mod report;
mod script;
mod stage;
mod story;

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use company::{Member, Platform};
use edge::Edge;
use ids::EdgeId;
use mesh::Mesh;
use tokio::task::JoinSet;

use crate::{
    say::say,
    servers::{self, Servers},
    session::Addresses,
    stop::Stop,
    work,
};
use compare::Verdict;
use logs::Logs;
use office::Office;
use report::Report;
use stage::Stage;

/// The report differs from what was played.
const DIFFERS: u8 = 2;
/// Reporting promises a call within a second of its end; the rest is for a
/// machine with other things to do.
const REPORTED_WITHIN: Duration = Duration::from_secs(5);
const ASK_EVERY: Duration = Duration::from_millis(200);
/// How long the last rest may take beyond its length.
const RESTED_WITHIN: Duration = Duration::from_secs(5);
/// Differences shown; the rest is counted.
const SHOWN: usize = 40;

/// Play a quarter of an hour of calls and compare the report with it.
///
/// Starts its own Postgres, Redis and mesh on free ports, so it neither needs
/// nor disturbs a running `strowger up`, and leaves nothing behind. Founds a
/// company of eight people through the public API, plays eleven calls thirty
/// times faster than life through the edge API, and prints what happens.
///
/// Ends with 0 only if reporting's numbers equal what was played: counts
/// exactly, durations within what the demo measured itself; with 2 and every
/// field that differs otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep settings and logs of the services in this directory.
    #[arg(long, value_name = "DIR")]
    keep_logs: Option<PathBuf>,
    /// Send traces to this OTLP/gRPC collector, for example http://127.0.0.1:4317.
    #[arg(long, value_name = "URL")]
    collector: Option<String>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    tokio::select! {
        done = stand_and_play(args) => done,
        () = stop.asked() => anyhow::bail!("stopped before the end; nothing is left behind"),
    }
}

async fn stand_and_play(args: Args) -> anyhow::Result<ExitCode> {
    let servers = work::step("starting a private Postgres and Redis", Servers::scratch()).await?;
    let logs = Logs::open(args.keep_logs);
    let options = mesh::Options {
        binaries: servers::binaries()?,
        directory: logs.directory.clone(),
        admin_url: servers.postgres(),
        database_prefix: "demo_".to_owned(),
        redis_url: servers.redis(),
        namespace: "demo".to_owned(),
        collector: args.collector,
        settings: Vec::new(),
        first_port: 0,
    };
    let mesh = work::step("migrating, and starting the five services", async {
        Ok(Mesh::start(&options).await?)
    });
    let mesh = logs.keep_if_failed(mesh.await)?;
    let played = logs.keep_if_failed(play(&mesh).await);
    let stopped = tokio::task::spawn_blocking(move || {
        let mesh = mesh.stop();
        servers.stop()?;
        anyhow::Ok(mesh?)
    });
    let code = played?;
    stopped.await??;
    Ok(code)
}

async fn play(mesh: &Mesh) -> anyhow::Result<ExitCode> {
    let addresses = Addresses::of(mesh);
    let secrets = mesh.secrets();
    let platform = Platform::new(
        &(&addresses).into(),
        secrets.bootstrap.as_str(),
        secrets.edge.as_str(),
    )?;
    let office = Office::open(&platform);
    let mut office = work::step("founding a company through the public API", office).await?;
    let edge = work::step("attaching a telephony edge, and eight phones", async {
        for person in &mut office.people {
            person.start_work().await?;
        }
        let attached = Edge::attach(platform.edge(), EdgeId::generate()).await;
        attached.context("cannot attach the edge")
    });
    let edge = edge.await?;
    introduce(&office);
    let mut tasks = JoinSet::new();
    let stage = Arc::new(Stage::new(office, edge));
    let began = stage.now();
    let (mut failed, watching) = tokio::sync::oneshot::channel();
    let watched = stage.clone();
    tasks.spawn(async move {
        tokio::select! {
            done = floor::watch(watched) => { let _ = failed.send(done); }
            () = failed.closed() => {}
        }
    });
    let whole = async {
        script::play(&stage).await?;
        floor::all_rested(&stage, RESTED_WITHIN).await
    };
    tokio::select! {
        played = whole => played?,
        broken = watching => broken.context("the watch on the people broke")??,
    }
    let (report, verdict) = settle(&stage, began).await?;
    Ok(conclude(&stage, &report, &verdict))
}

fn introduce(office: &Office) {
    let names = |team: &[Member]| -> String {
        team.iter().map(Member::name).collect::<Vec<_>>().join(", ")
    };
    say("");
    say(format_args!(
        "A quarter of an hour in fast motion: one second is {} on the clock.",
        story::FACTOR
    ));
    say(format_args!(
        "  main number     {}  the menu",
        office.main.e164
    ));
    let team = names(office.support_team());
    say(format_args!(
        "  support         {}  a queue: {team}",
        office.support.e164
    ));
    let team = names(office.sales_team());
    say(format_args!(
        "  sales           {}  a ring group: {team}",
        office.sales.e164
    ));
    say("");
}

/// Asks for the report until it equals what was played, or time is up.
async fn settle(stage: &Stage, began: DateTime<Utc>) -> anyhow::Result<(Report, Verdict)> {
    let ledger = stage.ledger().clone();
    let patience = tokio::time::Instant::now() + REPORTED_WITHIN;
    loop {
        let report = Report::fetch(&stage.office, began, stage.now()).await?;
        let people = stage
            .office
            .people
            .iter()
            .map(|person| (person.user_id(), person.name()));
        let verdict = compare::compare(people, &stage.office.queue_id, &ledger, &report);
        if verdict.differences.is_empty() || tokio::time::Instant::now() > patience {
            return Ok((report, verdict));
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

fn conclude(stage: &Stage, report: &Report, verdict: &Verdict) -> ExitCode {
    say(format_args!(
        "\nThe report, in minutes of the clock on the wall\n"
    ));
    say(report.people_table(&stage.office));
    say(report.queue_table());
    let calls = report.records.len();
    if verdict.differences.is_empty() {
        say(format_args!(
            "The report equals what was played: {calls} calls, {} fields compared.",
            verdict.agreed
        ));
        return ExitCode::SUCCESS;
    }
    let (wrong, right) = (verdict.differences.len(), verdict.agreed);
    say(format_args!(
        "The report differs from what was played in {wrong} fields; {right} agree:\n"
    ));
    for difference in verdict.differences.iter().take(SHOWN) {
        say(format_args!("  {difference}"));
    }
    if wrong > SHOWN {
        say(format_args!("  … and {} more", wrong - SHOWN));
    }
    DIFFERS.into()
}
