//! `strowger load`: full calls at a fixed rate against a running mesh.
//!
//! The arrivals are an open loop: they come at their time whether or not the
//! mesh keeps up, so a slow mesh shows in the latencies instead of hiding in a
//! lower rate. Afterwards every call is looked up in the report.

mod calls;
mod company;
mod figures;
mod floor;

use std::{
    collections::HashSet,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Args, Subcommand};
use mesh::Secrets;

use calls::Run;
use figures::Figures;

use crate::home::{Home, Running};

/// What to load the mesh with.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Queue calls: arrive, reserve, ring, answer, hang up, wrap up.
    Calls(Calls),
}

/// Settings of `load calls`.
#[derive(Debug, Args)]
pub(crate) struct Calls {
    /// Calls that arrive each second.
    #[arg(long, default_value_t = 50)]
    rate: u32,
    /// How long calls arrive.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// How long each caller talks, in milliseconds.
    #[arg(long, default_value_t = 200)]
    talk_ms: u64,
    /// Companies to spread the calls over, each with one queue.
    #[arg(long, default_value_t = 4)]
    companies: usize,
    /// People who answer, in each company.
    #[arg(long, default_value_t = 100)]
    people: usize,
    /// First measure a bare unary call with one small script on the same Redis,
    /// and print the ratio.
    #[arg(long)]
    floor: bool,
}

/// Runs against the mesh that `strowger up` keeps up.
pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Calls(calls) = command;
    anyhow::ensure!(
        calls.rate > 0 && calls.seconds > 0 && calls.companies > 0 && calls.people > 0,
        "--rate, --seconds, --companies and --people must be above zero"
    );
    let home = Home::here();
    let running = home.running()?;
    let figures = calls.measure(&home, &running).await?;
    println!("{figures}");
    Ok(if figures.flawless() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Calls {
    async fn measure(&self, home: &Home, running: &Running) -> anyhow::Result<Figures> {
        let floor = match self.floor {
            true => Some(floor::measure(&running.redis, Duration::from_secs(5)).await?),
            false => None,
        };
        let companies =
            company::prepare(home, &running.services, self.companies, self.people).await?;
        let secrets = Secrets::load_or_make(&home.mesh())?;
        let edge = calls::attach(&running.services, &secrets.edge).await?;
        let run = Run {
            rate: self.rate,
            span: Duration::from_secs(self.seconds.into()),
            talk: Duration::from_millis(self.talk_ms),
        };
        let numbers = companies
            .iter()
            .map(|company| company.number.clone())
            .collect();
        let outcome = run.play(edge, numbers).await?;
        let ended = Instant::now();
        let (mut missing, mut stuck) = (0, 0);
        for (n, company) in companies.iter().enumerate() {
            let calls = outcome.answered.iter().filter(|(of, _)| *of == n);
            let calls: HashSet<&str> = calls.map(|(_, call)| call.as_str()).collect();
            missing += company.missing(&calls, outcome.began).await?;
        }
        let report_lag = ended.elapsed();
        for company in &companies {
            stuck += company.stuck().await?;
        }
        Ok(Figures {
            outcome,
            missing,
            report_lag,
            stuck,
            floor,
        })
    }
}
