//! Waiting in a line until presence finds a person.

use core::time::Duration;

use ids::QueueId;

use super::{
    CommandAction, Event, FloorRequest, OfferSource, QueueExit, Rejected, Reservation, State,
    Target, Visit,
    call::{RING_GRACE, SEEK_EVERY},
    decide::Step,
};

/// Played to those who wait.
const HOLD_MUSIC: &str = "queue-music";
/// A person who let the call pass is avoided; so many are remembered.
const AVOIDED: usize = 20;

impl Step<'_> {
    pub(super) fn enter_queue(&mut self, id: QueueId) {
        let plan = self.plan;
        let Some(queue) = plan.queues.get(&id) else {
            return self.enter(&Target::Unassigned, "queue is gone");
        };
        self.call.visit = Some(Visit {
            queue: id,
            entered: self.now,
            admitted: false,
            avoid: Vec::new(),
        });
        self.events.push(Event::Queued {
            queue: id,
            service_level_threshold: queue.service_level_threshold,
            short_abandon_threshold: queue.short_abandon_threshold,
        });
        if self.full == Some(id) {
            self.leave_queue(QueueExit::Full);
            return self.enter(&queue.full_target, "full");
        }
        self.call.queued_at.get_or_insert(self.now);
        self.command(CommandAction::Play {
            leg: self.call.caller,
            prompt: HOLD_MUSIC.to_owned(),
            repeat: true,
        });
        self.wait();
        self.seek();
    }

    /// Somebody may be free.
    pub(super) fn seek_if_waiting(&mut self) -> Result<(), Rejected> {
        match self.call.state {
            State::Queued { .. } if !self.is_seeking() => {
                self.wait();
                self.seek();
                Ok(())
            }
            _ => Err(Rejected::Redundant),
        }
    }

    /// The waiting call looks up: too long, or time to ask again.
    pub(super) fn queue_timer(&mut self) {
        if self.plan.suspended {
            self.leave_queue(QueueExit::Failed);
            return self.enter(&Target::Unassigned, "suspended");
        }
        if self.waited_too_long() {
            return;
        }
        self.wait();
        if !self.is_seeking() {
            self.seek();
        }
    }

    /// Presence has answered a `Reserve`.
    pub(super) fn reserved(
        &mut self,
        queue: QueueId,
        reservation: Option<Reservation>,
        logged_in: u32,
    ) {
        if self.waiting_in() != Some(queue) {
            // The caller moved on while presence was choosing.
            if let Some(reservation) = reservation {
                self.ask(FloorRequest::Withdraw {
                    people: vec![reservation.person],
                });
            }
            return;
        }
        let settings = self.plan.queues.get(&queue);
        let first = self
            .call
            .visit
            .as_mut()
            .is_some_and(|visit| !core::mem::replace(&mut visit.admitted, true));
        match reservation {
            // Presence has an older plan: somebody else, or a moment later.
            Some(Reservation { person, .. }) if !self.plan.reaches(person) => {
                self.withdraw(vec![person]);
                let avoided = self.call.visit.as_ref();
                if avoided.is_some_and(|visit| visit.avoid.contains(&person)) {
                    self.wait();
                } else {
                    self.back_in_line(Some(person));
                }
            }
            Some(reservation) => {
                let timeout = settings.map_or(DEFAULT_RING, |queue| queue.ring_timeout);
                self.explain(format!("{} is free", reservation.person));
                let source = OfferSource::Queue(queue);
                self.begin_round(source, timeout);
                self.ring_person(&reservation, source, timeout);
            }
            None if first && logged_in == 0 && settings.is_some_and(|queue| !queue.join_empty) => {
                self.leave_queue(QueueExit::Empty);
                self.enter_clone(settings.map(|queue| queue.empty_target.clone()), "empty");
            }
            None => {
                if first {
                    self.explain(format!("{logged_in} logged in, nobody free: waits"));
                }
                self.wait();
            }
        }
    }

    /// An offer of this queue came to nothing: the caller goes back to their
    /// place, and somebody else is asked.
    pub(super) fn back_in_line(&mut self, passed_by: Option<ids::UserId>) {
        if let (Some(visit), Some(person)) = (self.call.visit.as_mut(), passed_by)
            && !visit.avoid.contains(&person)
            && visit.avoid.len() < AVOIDED
        {
            visit.avoid.push(person);
        }
        self.wait();
        if !self.waited_too_long() {
            self.seek();
        }
    }

    /// The stay with the queue is over.
    pub(super) fn leave_queue(&mut self, exit: QueueExit) {
        self.leave_queue_with(exit, None);
    }

    /// The stay with the queue is over, because this person answered.
    pub(super) fn leave_queue_with(&mut self, exit: QueueExit, person: Option<ids::UserId>) {
        if let Some(visit) = self.call.visit.take() {
            let waited = self.now.since(visit.entered);
            self.events.push(Event::LeftQueue {
                queue: visit.queue,
                exit,
                waited,
                person,
            });
        }
    }

    fn waited_too_long(&mut self) -> bool {
        let Some(visit) = &self.call.visit else {
            return false;
        };
        let settings = self.plan.queues.get(&visit.queue);
        let max_wait = settings.map_or(Duration::ZERO, |queue| queue.max_wait);
        if max_wait.is_zero() || self.now < visit.entered + max_wait {
            return false;
        }
        self.leave_queue(QueueExit::TooLong);
        self.enter_clone(
            settings.map(|queue| queue.too_long_target.clone()),
            "too long",
        );
        true
    }

    fn wait(&mut self) {
        let seek_at = self.now + SEEK_EVERY;
        let max_wait = self.call.visit.as_ref().and_then(|visit| {
            let max_wait = self.plan.queues.get(&visit.queue)?.max_wait;
            (!max_wait.is_zero()).then(|| visit.entered + max_wait)
        });
        self.call.state = State::Queued {
            seek_at: max_wait.map_or(seek_at, |end| seek_at.min(end)),
        };
    }

    fn seek(&mut self) {
        let Some(visit) = &self.call.visit else {
            return;
        };
        let timeout = self
            .plan
            .queues
            .get(&visit.queue)
            .map_or(DEFAULT_RING, |queue| queue.ring_timeout);
        let request = FloorRequest::Reserve {
            queue: visit.queue,
            lease: timeout + 2 * RING_GRACE,
            avoid: visit.avoid.clone(),
        };
        self.ask(request);
    }

    fn is_seeking(&self) -> bool {
        let here = self.call.visit.as_ref().map(|visit| visit.queue);
        self.call.outstanding.iter().any(|operation| {
            matches!(operation.request, FloorRequest::Reserve { queue, .. } if Some(queue) == here)
        })
    }

    fn waiting_in(&self) -> Option<QueueId> {
        let visit = self.call.visit.as_ref()?;
        matches!(self.call.state, State::Queued { .. }).then_some(visit.queue)
    }
}

/// When the queue has left the plan while a caller waits in it.
const DEFAULT_RING: Duration = Duration::from_secs(15);
