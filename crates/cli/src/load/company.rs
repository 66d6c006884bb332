//! Companies full of people who answer: made once, kept, and signed in for each
//! run.

mod settled;
mod shift;

use std::path::Path;

use anyhow::Context as _;
use api::directory::v1::{Queue, target::Kind};
use company::{Platform, queue_members};
use indicatif::{ProgressBar, ProgressStyle};
use mesh::Secrets;
use serde::{Deserialize, Serialize};
use tokio_util::sync::DropGuard;

use crate::{
    home::Home,
    session::{Addresses, Session},
};

const WRAP_UP_SECONDS: i64 = 1;

/// A company that answers the phone.
pub(crate) struct Company {
    /// The number of its queue.
    pub(crate) number: String,
    owner: Session,
    people: usize,
    _heartbeats: DropGuard,
}

/// What is kept of a company between runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    number: String,
    owner_email: String,
    password: String,
    people: Vec<Phone>,
}

/// Somebody who answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Phone {
    email: String,
    device_id: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Book {
    companies: Vec<Kept>,
}

impl Book {
    fn read(path: &Path) -> anyhow::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                toml::from_str(&text).with_context(|| format!("move {} away", path.display()))
            }
            Err(_) => Ok(Self::default()),
        }
    }

    fn write(&self, path: &Path) -> anyhow::Result<()> {
        std::fs::write(path, toml::to_string(self)?)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Makes the companies that are missing and has everybody ready.
pub(crate) async fn prepare(
    home: &Home,
    addresses: &Addresses,
    companies: usize,
    people: usize,
) -> anyhow::Result<Vec<Company>> {
    let secrets = Secrets::load_or_make(&home.mesh())?;
    let password = ids::EventId::generate().to_string();
    let platform = Platform::new(&addresses.into(), secrets.bootstrap, secrets.edge)?
        .with_password(&password)
        .with_seats(u32::try_from(people)?.saturating_add(1));
    let path = home.path().join("load.toml");
    let mut book = Book::read(&path)?;
    book.companies
        .retain(|company| company.people.len() == people);
    let missing = companies.saturating_sub(book.companies.len());
    let bar = progress(missing * people, "people hired")?;
    while book.companies.len() < companies {
        let made = found(&platform, &password, people, &bar).await?;
        book.companies.push(made);
        book.write(&path)?;
    }
    bar.finish_and_clear();
    let bar = progress(companies * people, "people signed in")?;
    let mut ready = Vec::new();
    for kept in book.companies.into_iter().take(companies) {
        ready.push(shift::begin(addresses, kept, &bar).await?);
    }
    bar.finish_and_clear();
    Ok(ready)
}

async fn found(
    platform: &Platform,
    password: &str,
    size: usize,
    bar: &ProgressBar,
) -> anyhow::Result<Kept> {
    let company = platform.found("Load").await?;
    let mut members = Vec::new();
    for n in 0..size {
        members.push(company.hire("Load", &format!("Person{n}")).await?);
        bar.inc(1);
    }
    let queue = Queue {
        display_name: "load".to_owned(),
        members: queue_members(&members.iter().collect::<Vec<_>>()),
        wrap_up: Some(prost_types::Duration {
            seconds: WRAP_UP_SECONDS,
            nanos: 0,
        }),
        join_empty: true,
        ..Queue::default()
    };
    let queue = company.queue(queue).await?;
    let number = company.number(Kind::QueueId(queue.queue_id)).await?;
    let phone = |member: &company::Member| Phone {
        email: member.email().to_owned(),
        device_id: member.device_id().to_owned(),
    };
    Ok(Kept {
        number: number.e164,
        owner_email: company.owner().email().to_owned(),
        password: password.to_owned(),
        people: members.iter().map(phone).collect(),
    })
}

fn progress(steps: usize, what: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{elapsed_precise} {wide_bar} {pos}/{len} {msg}")?;
    Ok(ProgressBar::new(steps as u64)
        .with_style(style)
        .with_message(what))
}
