//! `strowger up`: the whole mesh on this machine, until it is told to stop.

mod company;
mod detached;
mod notice;
mod supervise;

use std::process::ExitCode;

use mesh::{Mesh, MeshError};

use crate::{
    home::{Claim, Claimed, Home, Running},
    say::{note, say},
    servers::{self, Servers},
    session::Addresses,
    stop::Stop,
    work,
};

/// Start the whole mesh on this machine and keep it up until Ctrl-C.
///
/// Starts a private Postgres and Redis on free ports, with their data in
/// .strowger (or STROWGER_HOME), so that the next `up` finds it again; with
/// DATABASE_URL and REDIS_URL set, uses those. Then migrates, starts the five
/// services, founds a demo company if there is none, and prints every address
/// and a sign-in.
///
/// A service that dies is started again, after a pause that grows; one that
/// dies five times within a minute stops everything with code 1. A second `up`
/// of the same directory prints the addresses of the first and ends with 0.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The port of identity; directory, presence, routing and reporting take the
    /// four behind it. 0 takes free ones.
    #[arg(long, value_name = "PORT", default_value_t = 7001)]
    first_port: u16,
    /// Send traces and metrics to this OTLP/gRPC collector, for example
    /// http://127.0.0.1:4317.
    #[arg(long, value_name = "URL")]
    collector: Option<String>,
    /// Leave the mesh running in the background; stop it with `strowger down`.
    #[arg(long)]
    detach: bool,
    /// We are what `--detach` has left behind.
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let home = Home::here();
    let claim = match home.claim()? {
        Claimed::Ours(claim) => claim,
        Claimed::Theirs(pid) => {
            let running = home.running()?;
            say(format_args!(
                "Already up, as process {pid}; stop it with: {} down",
                notice::program()
            ));
            notice::print(&home, &running);
            return Ok(ExitCode::SUCCESS);
        }
    };
    if args.detach {
        drop(claim);
        return detached::leave_behind(&home, &args).await;
    }
    if args.detached {
        detached::leave_terminal()?;
    }
    let mut stop = Stop::listen()?;
    let (servers, mut mesh) = tokio::select! {
        started = start(&claim, &args) => started?,
        () = stop.asked() => anyhow::bail!("stopped while starting; nothing is left behind"),
    };
    let watched = tokio::select! {
        watched = tend(&claim, &servers, &mut mesh) => watched,
        () = stop.asked() => Ok(()),
    };
    note("stopping…");
    // Whatever fails on the way out, the rest is stopped too.
    let stopped = tokio::task::spawn_blocking(move || {
        let mesh = mesh.stop();
        servers.stop()?;
        anyhow::Ok(mesh?)
    })
    .await?;
    claim.retract()?;
    watched.and(stopped)?;
    note("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn start(claim: &Claim, args: &Args) -> anyhow::Result<(Servers, Mesh)> {
    if let Some(before) = claim.last_crashed()? {
        note(format_args!(
            "the last `up` (process {}) did not stop properly; its data recovers",
            before.pid
        ));
        work::step(
            "waiting for what it left behind to end",
            claim.home().fall_silent(&before),
        )
        .await?;
    }
    let servers = match Servers::configured()? {
        Some(configured) => configured,
        None => {
            let kept = Servers::kept(claim.home().path());
            work::step("starting Postgres and Redis", kept).await?
        }
    };
    let options = mesh::Options {
        binaries: servers::binaries()?,
        directory: claim.home().mesh(),
        admin_url: servers.postgres(),
        database_prefix: "strowger_".to_owned(),
        redis_url: servers.redis(),
        namespace: String::new(),
        collector: args.collector.clone(),
        settings: Vec::new(),
        first_port: args.first_port,
    };
    let mesh = work::step("migrating, and starting the five services", async {
        Ok::<_, MeshError>(Mesh::start(&options).await?).map_err(Into::into)
    });
    Ok((servers, mesh.await?))
}

/// Founds the company, tells everybody, and keeps the services alive.
async fn tend(claim: &Claim, servers: &Servers, mesh: &mut Mesh) -> anyhow::Result<()> {
    let services = Addresses::of(mesh);
    let founded = company::ensure(claim, &services, mesh.secrets());
    work::step("looking for the demo company", founded).await?;
    let pid = i32::try_from(std::process::id())?;
    let running = Running {
        pid,
        services,
        postgres: servers.postgres(),
        redis: servers.redis(),
        private: matches!(servers, Servers::Private(_)),
    };
    claim.publish(&running)?;
    say(format_args!(
        "\nThe mesh is up; Ctrl-C (or {} down) stops it.",
        notice::program()
    ));
    notice::print(claim.home(), &running);
    supervise::forever(mesh).await
}
