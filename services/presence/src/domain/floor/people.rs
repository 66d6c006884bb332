//! What people, admins and the plan do.

use chrono::TimeDelta;
use ids::{DeviceId, QueueId, UserId};

use super::{Enrolment, Floor, Refusal, after, drop_offer};
use crate::domain::{Cause, Choice, Instant, Mode, Person, Phase, State};

impl Floor {
    /// A person becomes what the plan says.
    pub fn enrol(&mut self, plan: &Enrolment, first_version: u64, now: Instant) {
        let known = self.take(plan.person, now);
        let is_new = known.is_none();
        let mut person = known.unwrap_or_else(|| newcomer(plan.person, first_version, now));
        let changed = is_new
            || person.gone
            || person.memberships != plan.memberships
            || person.known_devices != plan.devices
            || person.suspended != plan.suspended;
        person.memberships.clone_from(&plan.memberships);
        person.known_devices.clone_from(&plan.devices);
        person.gone = false;
        person.suspended = plan.suspended;
        let place = |queue: &QueueId| plan.memberships.iter().find(|place| place.queue == *queue);
        person
            .logins
            .retain(|queue| place(queue).is_some_and(|place| place.dynamic));
        person.turns.retain(|queue, _| place(queue).is_some());
        if plan.suspended {
            let reserved = person.lock.filter(|lock| lock.phase == Phase::Offered);
            let offered = reserved.map(|lock| lock.call).into_iter();
            for call in offered.chain(person.offers.clone().into_keys()) {
                drop_offer(&mut person, call);
                self.note(&mut person, Cause::Withdrawn, Some(call), None, now);
            }
        }
        let lost: Vec<DeviceId> = person
            .devices
            .keys()
            .copied()
            .filter(|device| plan.suspended || !plan.devices.contains(device))
            .collect();
        for device in lost {
            person.devices.remove(&device);
            self.note(&mut person, Cause::Disconnected, None, None, now);
        }
        if changed {
            self.note(&mut person, Cause::Membership, None, None, now);
        }
        self.keep(person);
    }

    /// A person is no longer in the plan. A call that they have goes on.
    pub fn dismiss(&mut self, person: UserId, now: Instant) {
        let Some(mut found) = self.take(person, now) else {
            return;
        };
        if !found.gone {
            found.gone = true;
            found.memberships.clear();
            found.known_devices.clear();
            found.wrap_up = None;
            found.devices.clear();
            found.offers.clear();
            found.logins.clear();
            found.turns.clear();
            found.lock = found.lock.filter(|lock| lock.phase == Phase::OnCall);
            self.note(&mut found, Cause::Membership, None, None, now);
        }
        self.keep(found);
    }

    /// A device is alive. Returns when it counts as gone.
    pub fn heartbeat(
        &mut self,
        person: UserId,
        device: DeviceId,
        lease: TimeDelta,
        now: Instant,
    ) -> Result<Instant, Refusal> {
        let known = self.people.get(&person).filter(|person| !person.gone);
        let known = known.ok_or(Refusal::PersonUnknown)?;
        if known.suspended {
            return Err(Refusal::PersonSuspended);
        }
        if !known.known_devices.contains(&device) {
            return Err(Refusal::DeviceUnknown);
        }
        let mut found = known.clone();
        let expires = after(now, lease);
        if found.devices.insert(device, expires).is_none() {
            self.note(&mut found, Cause::Connected, None, None, now);
        }
        self.settle(&mut found, now);
        self.keep(found);
        Ok(expires)
    }

    /// Somebody chooses a mode, from now on.
    pub fn set_mode(
        &mut self,
        person: UserId,
        choice: Choice,
        now: Instant,
    ) -> Result<(), Refusal> {
        let mut found = self.present(person, now)?;
        found.choice = choice;
        found.next_mode = None;
        self.note(&mut found, Cause::ModeSet, None, None, now);
        self.keep(found);
        Ok(())
    }

    /// A person chooses the mode after their call and its rest; `None` takes the wish back.
    pub fn queue_next_mode(
        &mut self,
        person: UserId,
        mode: Option<Mode>,
        now: Instant,
    ) -> Result<(), Refusal> {
        let mut found = self.present(person, now)?;
        let on_call = found.lock.is_some_and(|lock| lock.phase == Phase::OnCall);
        match mode {
            Some(mode) if !on_call && found.wrap_up.is_none() => {
                self.keep(found);
                return self.set_mode(person, Choice::own(mode, person), now);
            }
            wish if wish != found.next_mode => {
                found.next_mode = wish;
                self.note(&mut found, Cause::ModeSet, None, None, now);
            }
            _ => {}
        }
        self.keep(found);
        Ok(())
    }

    /// A person ends their rest.
    pub fn end_wrap_up(&mut self, person: UserId, now: Instant) -> Result<(), Refusal> {
        let mut found = self.present(person, now)?;
        self.finish_wrap_up(&mut found, now);
        self.keep(found);
        Ok(())
    }

    /// A person who did not respond is back.
    pub fn return_to_ready(&mut self, person: UserId, now: Instant) -> Result<(), Refusal> {
        let mut found = self.present(person, now)?;
        found.misses = 0;
        if std::mem::take(&mut found.not_responding) {
            self.note(&mut found, Cause::Returned, None, None, now);
        }
        self.keep(found);
        Ok(())
    }

    /// A dynamic member joins (`true`) or leaves a queue.
    pub fn log_in(
        &mut self,
        person: UserId,
        queue: QueueId,
        joins: bool,
        now: Instant,
    ) -> Result<(), Refusal> {
        let known = self.people.get(&person).filter(|person| !person.gone);
        let known = known.ok_or(Refusal::PersonUnknown)?;
        if !self.queues.contains_key(&queue) {
            return Err(Refusal::QueueUnknown);
        }
        if !known
            .memberships
            .iter()
            .any(|place| place.queue == queue && place.dynamic)
        {
            return Err(Refusal::NotAMember);
        }
        let mut found = self.present(person, now)?;
        let changed = if joins {
            found.logins.insert(queue)
        } else {
            found.logins.remove(&queue)
        };
        if changed {
            self.note(&mut found, Cause::Membership, None, Some(queue), now);
        }
        self.keep(found);
        Ok(())
    }

    fn present(&mut self, person: UserId, now: Instant) -> Result<Person, Refusal> {
        if self.people.get(&person).is_none_or(|person| person.gone) {
            return Err(Refusal::PersonUnknown);
        }
        self.take(person, now).ok_or(Refusal::PersonUnknown)
    }
}

fn newcomer(id: UserId, version: u64, now: Instant) -> Person {
    Person {
        id,
        version,
        state: State::Offline,
        state_time: now,
        choice: Choice::by_default(),
        next_mode: None,
        devices: Default::default(),
        known_devices: Vec::new(),
        lock: None,
        offers: Default::default(),
        wrap_up: None,
        misses: 0,
        not_responding: false,
        last_call_end: None,
        last_offered: None,
        calls_today: 0,
        memberships: Vec::new(),
        logins: Default::default(),
        turns: Default::default(),
        suspended: false,
        gone: false,
    }
}
