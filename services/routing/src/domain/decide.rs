//! The one door: what an input makes of a call.

use ids::{CallId, QueueId};

use super::{
    Arrival, Call, Command, CommandAction, Event, Explanation, FloorOperation, FloorRequest,
    FloorResult, Input, Plan, State, Target, Tell, Time, Token, call::leg_id, effect::retry_at,
};

const EXPLANATIONS: usize = 64;

/// What is known beside the call and the plan.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// By the clock of the store that commits.
    pub now: Time,
    /// A waiting line the commit has just refused as full.
    pub full: Option<QueueId>,
}

/// A decision: the call as it will be, and what it asks of the world. The call
/// and its events and commands are committed in one step; floor requests and
/// news for other calls follow the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// As it will be.
    pub call: Call,
    /// In order.
    pub events: Vec<Event>,
    /// For the edge, in order.
    pub commands: Vec<Command>,
    /// To be asked of presence now; all are in `call.outstanding` too.
    pub floor: Vec<FloorOperation>,
    /// For other calls.
    pub tells: Vec<Tell>,
}

/// Why an input changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It is so already, or was said before: harmless, and no error for whoever
    /// repeats it.
    #[error("nothing to do")]
    Redundant,
    /// The state of the call does not allow it.
    #[error("the call is {0}")]
    Conflict(&'static str),
    /// The call has no such leg.
    #[error("the call has no such leg")]
    UnknownLeg,
    /// The person has no part in the call that would allow it.
    #[error("the person has no part in the call")]
    NotConcerned,
    /// The number dialled is not in the plan.
    #[error("the number is not in the plan")]
    UnknownNumber,
}

/// What a new caller leads to.
pub fn open(arrival: Arrival, plan: &Plan, situation: Situation) -> Result<Transition, Rejected> {
    let number = plan
        .numbers
        .get(&arrival.dialled)
        .ok_or(Rejected::UnknownNumber)?;
    let now = situation.now;
    let call = Call {
        id: arrival.call,
        account: arrival.account,
        edge: arrival.edge,
        from: arrival.from,
        from_name: arrival.from_name,
        dialled: arrival.dialled,
        number: number.id,
        caller: leg_id(arrival.call, 1),
        arrived: now,
        // Replaced by the first target below.
        state: State::Queued { seek_at: now },
        visit: None,
        queued_at: None,
        legs: Vec::new(),
        hops: 0,
        outstanding: Vec::new(),
        counter: 1,
        touched: now,
        answered: None,
        held: core::time::Duration::ZERO,
        explanations: Vec::new(),
    };
    let mut step = Step::new(call, plan, situation);
    step.events.push(Event::Arrived {
        from: step.call.from.clone(),
        dialled: step.call.dialled.clone(),
        number: number.id,
        edge: step.call.edge,
        leg: step.call.caller,
    });
    if plan.is_open(number.schedule, now) {
        step.enter(&number.target, "number");
    } else {
        step.enter(&number.closed_target, "closed");
    }
    Ok(step.done())
}

/// What an input makes of a call. `Err` changes nothing.
pub fn decide(
    call: Call,
    plan: &Plan,
    input: Input,
    situation: Situation,
) -> Result<Transition, Rejected> {
    let mut step = Step::new(call, plan, situation);
    match input {
        Input::Floor { operation, result } => step.floor_answered(operation, result)?,
        Input::Seek => step.seek_if_waiting()?,
        Input::LegRinging(leg) => step.leg_ringing(leg)?,
        Input::LegAnswered { leg, device: _ } => step.leg_answered(leg)?,
        Input::LegEnded { leg, cause } => step.leg_ended(leg, cause)?,
        Input::LegUnreachable(leg) => step.leg_unreachable(leg)?,
        Input::Digits { collect, digits } => step.digits(collect, &digits)?,
        Input::Played => step.played()?,
        Input::Recorded {
            location,
            length_ms,
        } => step.recorded(location, length_ms)?,
        Input::Timer => step.timer()?,
        Input::OfferTaken(person) => step.offer_taken(person)?,
        Input::HangUp => step.hang_up()?,
        Input::Decline(person) => step.decline(person)?,
        Input::Hold(person) => step.hold(person)?,
        Input::Resume(person) => step.resume(person)?,
        Input::EdgeLost => step.edge_lost()?,
    }
    Ok(step.done())
}

/// A decision in the making.
pub(super) struct Step<'a> {
    pub(super) call: Call,
    pub(super) plan: &'a Plan,
    pub(super) now: Time,
    pub(super) full: Option<QueueId>,
    /// Nothing has happened for so long that what was asked is asked again.
    due: bool,
    pub(super) events: Vec<Event>,
    pub(super) commands: Vec<Command>,
    pub(super) floor: Vec<FloorOperation>,
    pub(super) tells: Vec<Tell>,
}

impl<'a> Step<'a> {
    fn new(mut call: Call, plan: &'a Plan, Situation { now, full }: Situation) -> Self {
        let touched = call.touched;
        // Time as the call sees it never runs backwards.
        let now = now.max(touched);
        call.touched = now;
        let mut step = Self {
            call,
            plan,
            now,
            full,
            due: now >= retry_at(touched),
            events: Vec::new(),
            commands: Vec::new(),
            floor: Vec::new(),
            tells: Vec::new(),
        };
        // Whatever happens to the call, requests that are due again go out
        // again: `touched` moves with every input and must not postpone them.
        if step.due {
            step.floor = step.call.outstanding.clone();
        }
        step
    }

    fn done(mut self) -> Transition {
        // An answer in the same step may have settled a request that was due.
        let outstanding = &self.call.outstanding;
        self.floor.retain(|operation| {
            outstanding
                .iter()
                .any(|other| other.number == operation.number)
        });
        Transition {
            call: self.call,
            events: self.events,
            commands: self.commands,
            floor: self.floor,
            tells: self.tells,
        }
    }

    /// The call's deadline has passed.
    fn timer(&mut self) -> Result<(), Rejected> {
        let now = self.now;
        if !self.call.is_ended() && self.call.answered.is_none() && now >= self.call.budget_end() {
            self.explain("the time for an answer is used up");
            self.fail();
            return Ok(());
        }
        match &self.call.state {
            State::Announcing { until, .. } if now >= *until => self.played()?,
            State::InMenu { until, collect, .. } if now >= *until => {
                let collect = *collect;
                self.digits(collect, "")?;
            }
            State::InVoicemail { until, .. } if now >= *until => self.voicemail_over(),
            State::Queued { seek_at } if now >= *seek_at => self.queue_timer(),
            State::Ringing(ringing) if now >= ringing.until => self.round_over(),
            State::Ringing(_) if self.due => self.ring_nobody_absent(),
            State::Connected { since, .. } if now >= *since + super::call::TALK_BUDGET => {
                self.fail()
            }
            _ if self.floor.is_empty() => return Err(Rejected::Redundant),
            _ => {}
        }
        Ok(())
    }

    /// Asks presence for something, under the number returned.
    pub(super) fn ask(&mut self, request: FloorRequest) -> u32 {
        let operation = FloorOperation {
            number: self.call.next_number(),
            request,
        };
        let number = operation.number;
        self.call.outstanding.push(operation.clone());
        self.floor.push(operation);
        number
    }

    /// The answer to an outstanding request is in.
    fn floor_answered(&mut self, number: u32, result: FloorResult) -> Result<(), Rejected> {
        let outstanding = &mut self.call.outstanding;
        let at = outstanding
            .iter()
            .position(|operation| operation.number == number)
            .ok_or(Rejected::Redundant)?;
        match (outstanding.remove(at).request, result) {
            (
                FloorRequest::Reserve { queue, .. },
                FloorResult::Reserved {
                    reservation,
                    logged_in,
                },
            ) => {
                self.reserved(queue, reservation, logged_in);
            }
            (FloorRequest::Offer { .. }, FloorResult::Offered(results)) => {
                self.offered(number, results)
            }
            (
                FloorRequest::Answer { leg, person, .. },
                FloorResult::Answered { token, withdrawn },
            ) => {
                self.answer_granted(leg, person, token);
                for call in withdrawn {
                    self.tell(call, Input::OfferTaken(person));
                }
            }
            (FloorRequest::Answer { leg, .. }, FloorResult::Refused(refusal)) => {
                self.answer_refused(leg, refusal);
            }
            (
                FloorRequest::Decline { .. }
                | FloorRequest::Withdraw { .. }
                | FloorRequest::Release { .. },
                FloorResult::Done,
            ) => {}
            _ => return Err(Rejected::Conflict("waiting for another kind of answer")),
        }
        Ok(())
    }

    pub(super) fn command(&mut self, action: CommandAction) {
        self.commands.push(Command {
            token: None,
            action,
        });
    }

    pub(super) fn fenced(&mut self, token: Option<Token>, action: CommandAction) {
        self.commands.push(Command { token, action });
    }

    pub(super) fn tell(&mut self, call: CallId, input: Input) {
        self.tells.push(Tell { call, input });
    }

    pub(super) fn explain(&mut self, text: impl Into<String>) {
        if self.call.explanations.len() < EXPLANATIONS {
            self.call.explanations.push(Explanation {
                at: self.now,
                text: text.into(),
            });
        }
    }

    /// Goes on to a target that follows from the plan.
    pub(super) fn enter_clone(&mut self, target: Option<Target>, reason: &'static str) {
        self.enter(&target.unwrap_or(Target::Unassigned), reason);
    }
}
