//! Two sides talk: connecting, hold and resume.

use core::time::Duration;

use ids::{LegId, UserId};

use super::{
    CommandAction, Event, FloorRequest, LegState, OfferEnd, OfferSource, QueueExit, Rejected,
    State, Token, decide::Step,
};

impl Step<'_> {
    /// Presence has given the person to this call.
    pub(super) fn answer_granted(&mut self, id: LegId, person: UserId, token: Token) {
        if self.is_answering(id) {
            self.connect(id, Some(token));
        } else {
            // The caller hung up, or the leg was given up, before the word
            // came: the person must not stay locked.
            self.ask(FloorRequest::Release {
                person,
                token,
                wrap_up: Duration::ZERO,
                queue: None,
            });
        }
    }

    /// Connects the caller with a leg; everybody else stops ringing.
    pub(super) fn connect(&mut self, id: LegId, token: Option<Token>) {
        let now = self.now;
        let Some(leg) = self.call.leg_mut(id) else {
            return;
        };
        leg.state = LegState::Connected;
        leg.answered = Some(now);
        leg.token = token.or(leg.token);
        let (person, source) = (leg.person, leg.source);
        let rang = now.since(leg.offered);
        self.events.push(Event::Answered {
            leg: id,
            person,
            via: source,
            rang,
        });
        self.call.answered.get_or_insert(now);
        self.call.state = State::Connected {
            leg: id,
            since: now,
            held_since: None,
        };

        let others: Vec<LegId> = self.live_offers().collect();
        for other in others {
            self.command(CommandAction::StopRinging { leg: other });
            self.end_leg(other, OfferEnd::Taken);
        }
        self.leave_queue_with(QueueExit::Answered, person);
        self.fenced(
            token,
            CommandAction::Connect {
                leg: self.call.caller,
                other: id,
            },
        );
        self.explain(match person {
            Some(person) => format!("{person} answered"),
            None => "the outside number answered".to_owned(),
        });
    }

    pub(super) fn hold(&mut self, person: UserId) -> Result<(), Rejected> {
        let leg = self.talking_leg(person)?;
        let now = self.now;
        match &mut self.call.state {
            State::Connected {
                held_since: held_since @ None,
                ..
            } => *held_since = Some(now),
            _ => return Err(Rejected::Redundant),
        }
        self.events.push(Event::Held { leg });
        self.command(CommandAction::Hold {
            leg: self.call.caller,
        });
        Ok(())
    }

    pub(super) fn resume(&mut self, person: UserId) -> Result<(), Rejected> {
        let leg = self.talking_leg(person)?;
        if !self.take_back(leg) {
            return Err(Rejected::Redundant);
        }
        self.command(CommandAction::Unhold {
            leg: self.call.caller,
        });
        Ok(())
    }

    /// Ends a hold, if there is one.
    pub(super) fn take_back(&mut self, leg: LegId) -> bool {
        let State::Connected { held_since, .. } = &mut self.call.state else {
            return false;
        };
        let Some(since) = held_since.take() else {
            return false;
        };
        let held = self.now.since(since);
        self.call.held += held;
        self.events.push(Event::Resumed { leg, held });
        true
    }

    /// Where the talk came from.
    pub(super) fn source_of(&self, leg: LegId) -> Option<OfferSource> {
        self.call.leg(leg).map(|leg| leg.source)
    }

    fn talking_leg(&self, person: UserId) -> Result<LegId, Rejected> {
        let State::Connected { leg, .. } = self.call.state else {
            return Err(Rejected::Conflict("not connected"));
        };
        match self.call.leg(leg).and_then(|leg| leg.person) {
            Some(other) if other == person => Ok(leg),
            _ => Err(Rejected::NotConcerned),
        }
    }
}
