//! A call: one state machine from arrival to end, and what follows from its
//! state alone – its deadline and its place in a waiting line.

use core::time::Duration;

use access::Covers;
use ids::{
    AccountId, CallId, EdgeId, ExtensionId, LegId, MenuId, NumberId, QueueId, RingGroupId, UserId,
};
use serde::{Deserialize, Serialize};

use super::{FloorOperation, FloorRequest, Time, Token, effect::retry_at};

/// The longest a call may go without an answer, whatever its queues allow.
pub(super) const UNANSWERED_BUDGET: Duration = Duration::from_secs(4 * 3600);
/// The longest talk.
pub(super) const TALK_BUDGET: Duration = Duration::from_secs(24 * 3600);
/// How often a waiting call asks for a person although nobody told it that one
/// is free: wake-ups are for speed, this is for certainty.
pub(super) const SEEK_EVERY: Duration = Duration::from_secs(5);
/// How long after the edge's own ring time-out the mesh gives up on a leg.
pub(super) const RING_GRACE: Duration = Duration::from_secs(2);

/// A call and everything that has been decided about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its bytes are the trace id.
    pub id: CallId,
    /// Whose.
    pub account: AccountId,
    /// Where the caller's leg lives.
    pub edge: EdgeId,
    /// E.164; empty when anonymous.
    pub from: String,
    /// As presented.
    pub from_name: String,
    /// E.164.
    pub dialled: String,
    /// Whose settings apply.
    pub number: NumberId,
    /// The caller's leg.
    pub caller: LegId,
    /// When.
    pub arrived: Time,
    /// Where it is.
    pub state: State,
    /// The queue the caller is a guest of: waiting in it, or being rung from
    /// it.
    pub visit: Option<Visit>,
    /// First entry into any waiting line; kept across overflow, so that a
    /// caller does not lose their place in the order.
    pub queued_at: Option<Time>,
    /// Legs of people and outside numbers, in order of time.
    pub legs: Vec<Leg>,
    /// Targets tried.
    pub hops: u32,
    /// What presence has been asked for and has not answered.
    pub outstanding: Vec<FloorOperation>,
    /// How far the numbering of legs, operations and questions is.
    pub counter: u32,
    /// When it last changed.
    pub touched: Time,
    /// First answer.
    pub answered: Option<Time>,
    /// On hold so far, without the current hold.
    pub held: Duration,
    /// Why it went where it went, for the first 64 decisions.
    pub explanations: Vec<Explanation>,
}

/// Where a call is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Hears an announcement and is then hung up.
    Announcing {
        /// At the latest.
        until: Time,
        /// What the end will be called.
        outcome: Outcome,
    },
    /// Chooses from a menu.
    InMenu {
        /// Which.
        menu: MenuId,
        /// 1 for the first playing of the prompt.
        attempt: u32,
        /// The open question.
        collect: u32,
        /// No answer after this is no answer.
        until: Time,
    },
    /// Waits in the line of `Call::visit`.
    Queued {
        /// Ask for a person again at the latest.
        seek_at: Time,
    },
    /// Asks presence for people, or rings them.
    Ringing(Ringing),
    /// Two sides talk.
    Connected {
        /// The other side.
        leg: LegId,
        /// Since.
        since: Time,
        /// The caller hears music since.
        held_since: Option<Time>,
    },
    /// Leaves a voicemail.
    InVoicemail {
        /// Whose.
        owner: String,
        /// At the latest.
        until: Time,
    },
    /// Over.
    Ended {
        /// How.
        outcome: Outcome,
        /// When.
        at: Time,
        /// Whose voicemail was left; a recording may still be reported.
        voicemail: Option<String>,
    },
}

/// People are being asked for or rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ringing {
    /// From where.
    pub source: OfferSource,
    /// The offer whose answer this round waits for.
    pub asked: Option<u32>,
    /// Still to be tried, when one rings after the other.
    pub remaining: Vec<UserId>,
    /// The leg that has been picked up and waits for presence's word.
    pub answering: Option<LegId>,
    /// When this round is over.
    pub until: Time,
    /// Whether everybody asked so far was on a call.
    pub all_busy: bool,
}

/// What people are rung from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OfferSource {
    /// A direct call.
    Extension(ExtensionId),
    /// A ring group.
    RingGroup(RingGroupId),
    /// A queue.
    Queue(QueueId),
    /// An outside number.
    External,
}

impl core::fmt::Display for OfferSource {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Extension(id) => id.fmt(f),
            Self::RingGroup(id) => id.fmt(f),
            Self::Queue(id) => id.fmt(f),
            Self::External => f.write_str("external"),
        }
    }
}

/// A caller's stay with a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Which.
    pub queue: QueueId,
    /// Since.
    pub entered: Time,
    /// Whether presence has been asked at least once: until then the caller
    /// may be turned away because the line is full or nobody is there.
    pub admitted: bool,
    /// Who just let this call pass.
    pub avoid: Vec<UserId>,
}

/// One telephone's part in a call, other than the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Which.
    pub id: LegId,
    /// `None` for an outside number.
    pub person: Option<UserId>,
    /// From where.
    pub source: OfferSource,
    /// The right to act; `None` for an outside number.
    pub token: Option<Token>,
    /// Where it is.
    pub state: LegState,
    /// When the offer was made.
    pub offered: Time,
    /// When it was picked up.
    pub answered: Option<Time>,
    /// When it ended.
    pub ended: Option<Time>,
    /// It ended because its person took another call, and nobody has picked it up since.
    #[serde(default)]
    pub lost_to_other: bool,
}

/// Where a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegState {
    /// The edge has been told to ring.
    Offered,
    /// It rings.
    Ringing,
    /// It talks, or holds.
    Connected,
    /// Over.
    Ended,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Somebody talked with the caller.
    Answered,
    /// It rang, and nobody took it.
    Missed,
    /// The caller hung up while waiting or choosing.
    Abandoned,
    /// The caller reached a voicemail.
    Voicemail,
    /// An outside number took it.
    Overflowed,
    /// It heard an announcement.
    Rejected,
    /// A fault, or the budget of hops or time ran out.
    Failed,
}

/// One decision, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// When.
    pub at: Time,
    /// What and why.
    pub text: String,
}

/// A place in a waiting line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub queue: QueueId,
    /// Original arrival: earlier goes first.
    pub since: Time,
    /// Refuse the entry when so many wait already; 0 means no limit. Applies
    /// to a caller who is not yet admitted.
    pub limit: u32,
}

impl Call {
    /// When the call must be looked at again: always for a live call, and for
    /// an ended one while presence has not confirmed that everybody is free.
    pub fn deadline(&self) -> Option<Time> {
        let own = match &self.state {
            State::Announcing { until, .. }
            | State::InMenu { until, .. }
            | State::InVoicemail { until, .. } => Some(*until),
            State::Queued { seek_at } => Some((*seek_at).min(self.budget_end())),
            State::Ringing(ringing) => Some(ringing.until.min(self.budget_end())),
            State::Connected { since, .. } => Some(*since + TALK_BUDGET),
            State::Ended { .. } => None,
        };
        // A waiting caller's wish for a person is asked again at `seek_at`.
        let waits = |operation: &FloorOperation| {
            matches!(self.state, State::Queued { .. })
                && matches!(operation.request, FloorRequest::Reserve { .. })
        };
        // Who is being rung may be suspended any moment: the plan is looked at as often.
        let rings = matches!(self.state, State::Ringing(_));
        let retry = rings || !self.outstanding.iter().all(waits);
        let retry = retry.then(|| retry_at(self.touched));
        own.into_iter().chain(retry).min()
    }

    /// The place in a waiting line, while the caller waits.
    pub fn line(&self, limit_of: impl Fn(QueueId) -> u32) -> Option<Line> {
        let visit = self.visit.as_ref()?;
        matches!(self.state, State::Queued { .. }).then(|| Line {
            queue: visit.queue,
            since: self.queued_at.unwrap_or(visit.entered),
            limit: if visit.admitted {
                0
            } else {
                limit_of(visit.queue)
            },
        })
    }

    /// Whether the call is over.
    pub fn is_ended(&self) -> bool {
        matches!(self.state, State::Ended { .. })
    }

    /// Whether the call is over and nothing is left to be done about it.
    pub fn is_settled(&self) -> bool {
        self.is_ended() && self.outstanding.is_empty()
    }

    /// The leg a person has in this call now.
    pub fn leg_of(&self, person: UserId) -> Option<&Leg> {
        self.legs
            .iter()
            .rev()
            .find(|leg| leg.person == Some(person) && leg.state != LegState::Ended)
    }

    /// Whether this person is or was offered this call.
    pub fn concerns(&self, person: UserId) -> bool {
        self.legs.iter().any(|leg| leg.person == Some(person))
    }

    /// Whether it is or was with one of these queues, ring groups or menus.
    pub fn passed(&self, covers: &Covers) -> bool {
        let in_queue = |visit: &Visit| covers.has(visit.queue);
        let from = |source: OfferSource| match source {
            OfferSource::Queue(queue) => covers.has(queue),
            OfferSource::RingGroup(group) => covers.has(group),
            OfferSource::Extension(_) | OfferSource::External => false,
        };
        let here = match &self.state {
            State::InMenu { menu, .. } => covers.has(*menu),
            State::Ringing(ringing) => from(ringing.source),
            _ => false,
        };
        here || self.visit.as_ref().is_some_and(in_queue)
            || self.legs.iter().any(|leg| from(leg.source))
    }

    /// The locks that live legs of this call hold, to be renewed.
    pub fn held_locks(&self) -> impl Iterator<Item = (UserId, Token)> {
        self.legs
            .iter()
            .filter(|leg| leg.state == LegState::Connected)
            .filter_map(|leg| leg.person.zip(leg.token))
    }

    /// The id of a floor operation, the same whenever it is asked again.
    pub fn operation_id(&self, number: u32) -> String {
        format!("{}:{number}", self.id)
    }

    pub(super) fn budget_end(&self) -> Time {
        self.arrived + UNANSWERED_BUDGET
    }

    pub(super) fn leg(&self, id: LegId) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    pub(super) fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    /// The next number for a leg, an operation or a question.
    pub(super) fn next_number(&mut self) -> u32 {
        self.counter += 1;
        self.counter
    }

    /// The next leg id: the call's id with the counter mixed in above its
    /// lowest byte, so that a replayed decision makes the same legs and a leg
    /// id, like its call's, ends in the partition.
    pub(super) fn next_leg(&mut self) -> LegId {
        let number = self.next_number();
        leg_id(self.id, number)
    }
}

/// See [`Call::next_leg`].
pub(super) fn leg_id(call: CallId, number: u32) -> LegId {
    LegId::from_uuid(uuid::Uuid::from_u128(
        call.uuid().as_u128() ^ (u128::from(number) << 8),
    ))
}
