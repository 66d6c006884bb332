//! The side that is easy to read.

use std::{collections::BTreeSet, fmt::Debug};

use chrono::TimeDelta;
use presence::domain::Refusal;

use super::{
    step::Step,
    world::{Deed, World, leg, lot},
};

impl World {
    /// What the model says to it, as text.
    pub(super) fn on_model(&mut self, deed: &Deed) -> String {
        let now = self.now;
        let (token, number) = (deed.token, deed.number);
        let delta = |seconds: &u64| TimeDelta::seconds(i64::try_from(*seconds).unwrap());
        match &deed.step {
            Step::Wait { .. } | Step::Repeat => String::new(),
            Step::Tick { person } => {
                self.floor.tick(self.people[*person], now);
                String::new()
            }
            Step::Heartbeat {
                person,
                device,
                seconds,
            } => {
                let device = self.device(*person, *device, number);
                held(
                    self.floor
                        .heartbeat(self.people[*person], device, delta(seconds), now),
                )
            }
            Step::SetMode { person, .. } => {
                let choice = self.choice(&deed.step);
                held(self.floor.set_mode(self.people[*person], choice, now))
            }
            Step::NextMode { person, mode } => {
                held(self.floor.queue_next_mode(self.people[*person], *mode, now))
            }
            Step::EndWrapUp { person } => held(self.floor.end_wrap_up(self.people[*person], now)),
            Step::ReturnToReady { person } => {
                held(self.floor.return_to_ready(self.people[*person], now))
            }
            Step::LogIn {
                person,
                queue,
                joins,
            } => held(
                self.floor
                    .log_in(self.people[*person], self.queues[*queue], *joins, now),
            ),
            Step::Reserve {
                queue,
                call,
                seconds,
                avoid,
            } => {
                let avoid: BTreeSet<_> = self.named(avoid).into_iter().collect();
                let (queue, call, draw) =
                    (self.queues[*queue], self.calls[*call], lot(number).into());
                held(
                    self.floor
                        .reserve(queue, call, delta(seconds), draw, &avoid, now),
                )
            }
            Step::Offer {
                call,
                kind,
                people,
                limit,
                order,
                seconds,
            } => {
                let (people, rule) = (self.named(people), (*limit as usize, *order));
                let call = self.calls[*call];
                held(Ok(self.floor.offer(
                    call,
                    *kind,
                    &people,
                    rule,
                    delta(seconds),
                    now,
                )))
            }
            Step::Answer {
                call,
                person,
                losers,
                seconds,
                ..
            } => {
                let losers = self.named(losers);
                let (call, person) = ((self.calls[*call], leg(deed)), self.people[*person]);
                held(
                    self.floor
                        .answer(call, person, token, &losers, delta(seconds), now),
                )
            }
            Step::Decline {
                call,
                person,
                pass,
                max_misses,
                ..
            } => {
                let (call, person) = (self.calls[*call], self.people[*person]);
                held(Ok(self.floor.decline(
                    call,
                    person,
                    token,
                    *pass,
                    *max_misses,
                    now,
                )))
            }
            Step::Withdraw { call, people } => {
                let people = self.named(people);
                held(Ok(self.floor.withdraw(self.calls[*call], &people, now)))
            }
            Step::Renew {
                person,
                call,
                seconds,
                ..
            } => {
                let (person, call) = (self.people[*person], self.calls[*call]);
                held(Ok(self.floor.renew(
                    person,
                    call,
                    token,
                    delta(seconds),
                    now,
                )))
            }
            Step::Release {
                call,
                person,
                wrap_up_ms,
                queue,
                ..
            } => {
                let rest = TimeDelta::milliseconds(i64::try_from(*wrap_up_ms).unwrap());
                let from = (self.calls[*call], queue.map(|queue| self.queues[queue]));
                held(Ok(self.floor.release(
                    from,
                    self.people[*person],
                    token,
                    rest,
                    now,
                )))
            }
            Step::Enroll { .. } => {
                let plan = self.enrolment(&deed.step);
                let first = now.timestamp_millis().unsigned_abs();
                self.floor.enrol(&plan, first, now);
                held(Ok(()))
            }
            Step::Dismiss { person } => {
                self.floor.dismiss(self.people[*person], now);
                held(Ok(()))
            }
        }
    }
}

pub(super) fn held<T: Debug>(answer: Result<T, Refusal>) -> String {
    format!("{answer:?}")
}
