//! The phone system of a company, set up by its owner.

use std::sync::atomic::Ordering;

use api::directory::v1::{
    CreateMenuRequest, CreateNumberRequest, CreateQueueRequest, CreateRingGroupRequest,
    CreateScheduleRequest, Menu, Number, Queue, QueueMember, RingGroup, Schedule, Target,
    target::Kind,
};
use tonic::Code;

use crate::{Company, CompanyError, Member, request_id};

/// So many numbers are tried before giving up: another company may have one.
const NUMBERS_TRIED: u32 = 50;
const BERLIN_NUMBERS: u128 = 80_000_000;

macro_rules! creates {
    ($($(#[$doc:meta])* $method:ident($kind:ident) by $client:ident.$rpc:ident($request:ident);)*) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            ///
            /// What directory answers.
            pub async fn $method(&self, wanted: $kind) -> Result<$kind, CompanyError> {
                let request = $request { request_id: request_id(), $method: Some(wanted) };
                let created = self.owner.desk().$client().$rpc(request).await;
                created.map(tonic::Response::into_inner).map_err(CompanyError::during(stringify!($rpc)))
            }
        )*
    };
}

impl Company {
    creates! {
        /// A queue.
        queue(Queue) by queues.create_queue(CreateQueueRequest);
        /// A ring group.
        ring_group(RingGroup) by ring_groups.create_ring_group(CreateRingGroupRequest);
        /// A menu.
        menu(Menu) by menus.create_menu(CreateMenuRequest);
        /// A schedule.
        schedule(Schedule) by schedules.create_schedule(CreateScheduleRequest);
    }

    /// A public number in Berlin that nobody else has.
    ///
    /// # Errors
    ///
    /// What directory answers.
    pub async fn number(&self, leads_to: Kind) -> Result<Number, CompanyError> {
        let mut tried = 0;
        loop {
            let number = Number {
                e164: self.next_number(),
                target: Some(Target {
                    kind: Some(leads_to.clone()),
                }),
                ..Number::default()
            };
            let request = CreateNumberRequest {
                request_id: request_id(),
                number: Some(number),
            };
            match self.owner.desk().numbers().create_number(request).await {
                Ok(number) => return Ok(number.into_inner()),
                Err(status) if status.code() == Code::AlreadyExists && tried < NUMBERS_TRIED => {
                    tried += 1
                }
                Err(status) => return Err(CompanyError::during("create a number")(status)),
            }
        }
    }

    /// Spread by the company's name, then in a row.
    fn next_number(&self) -> String {
        let name = self
            .slug
            .bytes()
            .fold(7u128, |sum, byte| sum.wrapping_mul(131) + u128::from(byte));
        let place = name.wrapping_add(u128::from(self.numbered.fetch_add(1, Ordering::Relaxed)));
        format!(
            "+4930{:08}",
            20_000_000 + place % (BERLIN_NUMBERS - 20_000_000)
        )
    }
}

/// People as members of a queue, always logged in, in one tier.
pub fn queue_members(people: &[&Member]) -> Vec<QueueMember> {
    let member = |person: &&Member| QueueMember {
        person_id: person.user_id().to_owned(),
        tier: 1,
        dynamic: false,
    };
    people.iter().map(member).collect()
}

/// People as members of a ring group, in ring order.
pub fn ring_members(people: &[&Member]) -> Vec<String> {
    people
        .iter()
        .map(|person| person.user_id().to_owned())
        .collect()
}
