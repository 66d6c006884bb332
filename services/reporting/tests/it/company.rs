//! A company, and the calls that it gets.

use api::{
    presence::v1::{Cause, State},
    routing::v1::{CallOutcome, OfferEnd, QueueExit},
};
use ids::{AccountId, CallId, QueueId, UserId};

use crate::tape::Tape;

pub(crate) const RING_GROUP: &str = "rgr_01h455vb4pex5vsknk084sn02q";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Company {
    pub(crate) account: AccountId,
    pub(crate) support: QueueId,
    pub(crate) anna: UserId,
    pub(crate) ben: UserId,
}

impl Company {
    pub(crate) fn new() -> Self {
        Self {
            account: AccountId::generate(),
            support: QueueId::generate(),
            anna: UserId::generate(),
            ben: UserId::generate(),
        }
    }

    pub(crate) fn tape(&self) -> Tape {
        let mut tape = Tape::of(self.account);
        for person in [self.anna, self.ben] {
            tape.person(person, State::Available, Cause::Connected);
        }
        tape
    }

    /// Waits 4 s, Anna answers, 60 s of talk with 10 s on hold, 15 s of rest.
    pub(crate) fn answered(&self, tape: &mut Tape) -> CallId {
        let via = self.support.to_string();
        let call = tape.arrive("+4930111");
        tape.enter(call, self.support);
        let ringing = tape.ring(call, self.anna, &via);
        tape.wait(4).answer(ringing, &via);
        tape.leave(call, self.support, QueueExit::Answered, 4);
        tape.wait(60).hang_up(call, self.anna, &via, 60, 10, 15);
        call
    }

    /// Hangs up after `waited` seconds; under 5 is short.
    pub(crate) fn abandoned(&self, tape: &mut Tape, waited: i64) -> CallId {
        let call = tape.arrive("+4930222");
        tape.enter(call, self.support);
        tape.wait(waited)
            .leave(call, self.support, QueueExit::Abandoned, waited);
        tape.end(call, CallOutcome::Abandoned);
        call
    }

    /// Waits 90 s for nobody, then leaves a voicemail.
    pub(crate) fn overflowed(&self, tape: &mut Tape) -> CallId {
        let call = tape.arrive("");
        tape.enter(call, self.support);
        tape.wait(90)
            .leave(call, self.support, QueueExit::TooLong, 90);
        tape.wait(30).end(call, CallOutcome::Voicemail);
        tape.wait(1).record_voicemail(call, "s3://voicemail/1");
        call
    }

    /// Rings both; Ben is faster, and talks for 30 s.
    pub(crate) fn ring_group(&self, tape: &mut Tape) -> CallId {
        let call = tape.arrive("+4930333");
        let (anna, ben) = (
            tape.ring(call, self.anna, RING_GROUP),
            tape.ring(call, self.ben, RING_GROUP),
        );
        tape.wait(3).answer(ben, RING_GROUP);
        tape.give_up(anna, RING_GROUP, OfferEnd::Taken);
        tape.wait(30).hang_up(call, self.ben, RING_GROUP, 30, 0, 5);
        call
    }

    /// Anna lets it ring for 15 s, Ben answers after 5 more: outside the service level of 20 s by
    /// a second, and talks for 120 s.
    pub(crate) fn missed_then_answered(&self, tape: &mut Tape) -> CallId {
        let via = self.support.to_string();
        let call = tape.arrive("+4930444");
        tape.enter(call, self.support);
        let anna = tape.wait(1).ring(call, self.anna, &via);
        tape.wait(15).give_up(anna, &via, OfferEnd::Missed);
        let ben = tape.ring(call, self.ben, &via);
        tape.wait(5).answer(ben, &via);
        tape.leave(call, self.support, QueueExit::Answered, 21);
        tape.wait(120).hang_up(call, self.ben, &via, 120, 0, 10);
        call
    }

    /// One of each: six calls in some seven minutes.
    pub(crate) fn morning(&self, tape: &mut Tape) -> Vec<CallId> {
        vec![
            self.answered(tape),
            self.abandoned(tape, 30),
            self.abandoned(tape, 3),
            self.overflowed(tape),
            self.ring_group(tape),
            self.missed_then_answered(tape),
        ]
    }
}
