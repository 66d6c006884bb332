//! A shared identity becomes people.

mod refusals;
mod resumption;
mod story;

use api::directory::v1::{
    ContinueSplitRequest, Device, DeviceKind, Extension, GetSplitRequest, NewPerson,
    PlanSplitRequest, Split, SplitIdentityRequest, SplitPlan, Successor, successor::Kind,
};
use ids::UserId;
use tonic::Status;

use crate::world::{As, Company, World, request_id};

/// A company with an extension that three people share.
struct Office {
    world: World,
    company: Company,
    shared: Extension,
}

impl Office {
    async fn open() -> Self {
        let world = World::start().await;
        let company = world.company();
        let person = company.hire();
        let shared = Extension {
            short_number: "101".to_owned(),
            display_name: "Front Desk".to_owned(),
            devices: vec![Device {
                kind: DeviceKind::DeskPhone.into(),
                label: "Counter".to_owned(),
                ..Device::default()
            }],
            ..company.extension(person)
        };
        let shared = company.admin.create_extension(shared).await.unwrap();
        Self {
            world,
            company,
            shared,
        }
    }

    fn admin(&self) -> &As {
        &self.company.admin
    }

    fn person(&self) -> UserId {
        self.shared.person_id.parse().unwrap()
    }

    /// Three people and a ring group.
    fn wish(&self) -> SplitIdentityRequest {
        SplitIdentityRequest {
            request_id: request_id(),
            person_id: self.shared.person_id.clone(),
            people: ["Ada", "Ben", "Cleo"].map(newcomer).to_vec(),
            successor: Some(Successor {
                display_name: "Front Desk".to_owned(),
                kind: Some(Kind::RingGroup(0)),
            }),
            etag: String::new(),
        }
    }

    /// The same, with the etag of the plan.
    async fn planned(&self) -> SplitIdentityRequest {
        let wish = self.wish();
        let etag = plan(self.admin(), &wish).await.unwrap().etag;
        SplitIdentityRequest { etag, ..wish }
    }
}

fn newcomer(name: &str) -> NewPerson {
    NewPerson {
        first_name: name.to_owned(),
        last_name: "Shift".to_owned(),
        email: format!("{}@example.com", name.to_lowercase()),
        job_title: "Reception".to_owned(),
        short_number: String::new(),
    }
}

async fn plan(by: &As, wish: &SplitIdentityRequest) -> Result<SplitPlan, Status> {
    let request = PlanSplitRequest {
        person_id: wish.person_id.clone(),
        people: wish.people.clone(),
        successor: wish.successor.clone(),
    };
    Ok(by.splits().plan_split(request).await?.into_inner())
}

async fn split(by: &As, request: &SplitIdentityRequest) -> Result<Split, Status> {
    let answer = by.splits().split_identity(request.clone()).await?;
    Ok(answer.into_inner())
}

async fn go_on(by: &As, split_id: &str) -> Result<Split, Status> {
    let request = ContinueSplitRequest {
        request_id: request_id(),
        split_id: split_id.to_owned(),
    };
    Ok(by.splits().continue_split(request).await?.into_inner())
}

async fn seen(by: &As, split_id: &str) -> Result<Split, Status> {
    let request = GetSplitRequest {
        split_id: split_id.to_owned(),
    };
    Ok(by.splits().get_split(request).await?.into_inner())
}
