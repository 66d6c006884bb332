//! The side that runs.

use std::time::Duration;

use presence::{
    Error,
    domain::{Refusal, Seat},
    live::{Claim, Fate, ModeChange, OfferTo},
};

use super::{
    on_model::held,
    step::Step,
    world::{Deed, World, leg, lot},
};

impl World {
    /// What the scripts say to it, as text.
    pub(super) async fn on_redis(&self, deed: &Deed) -> String {
        let (account, name) = (self.account, format!("operation {}", deed.number));
        let (store, name) = (&self.store, name.as_str());
        let claim = |person: &usize, call: &usize| Claim {
            person: self.people[*person],
            call: self.calls[*call],
            token: deed.token,
        };
        match &deed.step {
            Step::Wait { .. } | Step::Repeat => String::new(),
            Step::Tick { person } => {
                store
                    .tick(self.partition(), self.people[*person])
                    .await
                    .unwrap();
                String::new()
            }
            Step::Heartbeat {
                person,
                device,
                seconds,
            } => {
                let device = self.device(*person, *device, deed.number);
                let lease = Duration::from_secs(*seconds);
                said(
                    store
                        .heartbeat(account, self.people[*person], device, lease, "")
                        .await,
                )
            }
            Step::SetMode {
                person, by_admin, ..
            } => {
                let choice = self.choice(&deed.step);
                let change = ModeChange {
                    mode: choice.mode,
                    source: choice.source,
                    actor: if *by_admin {
                        self.people[0]
                    } else {
                        self.people[*person]
                    },
                    until: choice.until,
                    note: choice.note.unwrap_or_default(),
                };
                said(
                    store
                        .set_mode(account, name, self.people[*person], &change)
                        .await
                        .map(drop),
                )
            }
            Step::NextMode { person, mode } => said(
                store
                    .queue_next_mode(account, name, self.people[*person], *mode)
                    .await
                    .map(drop),
            ),
            Step::EndWrapUp { person } => said(
                store
                    .end_wrap_up(account, name, self.people[*person])
                    .await
                    .map(drop),
            ),
            Step::ReturnToReady { person } => said(
                store
                    .return_to_ready(account, name, self.people[*person])
                    .await
                    .map(drop),
            ),
            Step::LogIn {
                person,
                queue,
                joins,
            } => {
                let (person, queue) = (self.people[*person], self.queues[*queue]);
                said(
                    store
                        .log_in(account, name, person, queue, *joins)
                        .await
                        .map(drop),
                )
            }
            Step::Reserve {
                queue,
                call,
                seconds,
                avoid,
            } => {
                let target = (self.queues[*queue], self.calls[*call]);
                let lease = Duration::from_secs(*seconds);
                let draw = lot(deed.number);
                let answer = store
                    .reserve(account, name, target, lease, draw, &self.named(avoid))
                    .await;
                said(answer.map(|reserved| reserved.placed))
            }
            Step::Offer {
                call,
                kind,
                people,
                limit,
                order,
                seconds,
            } => {
                let lease = Duration::from_secs(*seconds);
                let people = &self.named(people);
                let to = OfferTo {
                    people,
                    kind: *kind,
                    limit: *limit,
                    order: *order,
                    lease,
                };
                said(
                    store
                        .offer(account, name, self.calls[*call], to, false)
                        .await,
                )
            }
            Step::Answer {
                call,
                person,
                losers,
                seconds,
                ..
            } => {
                let (losers, lease) = (self.named(losers), Duration::from_secs(*seconds));
                said(
                    store
                        .answer(
                            account,
                            name,
                            claim(person, call),
                            leg(deed),
                            &losers,
                            lease,
                        )
                        .await,
                )
            }
            Step::Decline {
                call,
                person,
                pass,
                max_misses,
                ..
            } => said(
                store
                    .decline(account, name, claim(person, call), *pass, *max_misses)
                    .await,
            ),
            Step::Withdraw { call, people } => said(
                store
                    .withdraw(account, name, self.calls[*call], &self.named(people))
                    .await,
            ),
            Step::Renew {
                person,
                call,
                seconds,
                ..
            } => {
                let lease = Duration::from_secs(*seconds);
                let fates = store.renew(account, &[claim(person, call)], lease).await;
                said(fates.map(|fates| fates == [Fate::Held]))
            }
            Step::Release {
                call,
                person,
                wrap_up_ms,
                queue,
                ..
            } => {
                let rest = Duration::from_millis(*wrap_up_ms);
                let queue = queue.map(|queue| self.queues[queue]);
                said(
                    store
                        .release(account, claim(person, call), rest, queue)
                        .await,
                )
            }
            Step::Enroll { person, .. } => {
                let plan = self.enrolment(&deed.step);
                let seat = Seat {
                    devices: plan.devices,
                    memberships: plan.memberships,
                    suspended: plan.suspended,
                };
                said(
                    store
                        .enroll(account, self.version, self.people[*person], &seat, "")
                        .await
                        .map(drop),
                )
            }
            Step::Dismiss { person } => said(
                store
                    .dismiss(account, self.version, self.people[*person])
                    .await
                    .map(drop),
            ),
        }
    }
}

fn said<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    let answer = answer.map_err(|error| match error {
        Error::PersonUnknown => Refusal::PersonUnknown,
        Error::PersonSuspended => Refusal::PersonSuspended,
        Error::DeviceUnknown => Refusal::DeviceUnknown,
        Error::QueueUnknown => Refusal::QueueUnknown,
        Error::NotAMember => Refusal::NotAMember,
        Error::OfferGone => Refusal::OfferGone,
        Error::PersonBusy { held_by } => Refusal::PersonBusy(held_by),
        Error::TokenStale => Refusal::TokenStale,
        error => panic!("{error:?}"),
    });
    held(answer)
}
