use api::routing::v1 as proto;
use ids::UserId;

use super::time::timestamp;
use crate::{
    domain::{Call, Leg, LegState, OfferSource, Outcome, State},
    live::call::Stored,
};

impl From<Stored> for proto::Call {
    fn from(Stored { version, call }: Stored) -> Self {
        let mut message = Self::from(&call);
        message.version = i64::try_from(version).unwrap_or(i64::MAX);
        message
    }
}

impl From<&Call> for proto::Call {
    fn from(call: &Call) -> Self {
        let ended = match &call.state {
            State::Ended { at, outcome, .. } => Some((*at, *outcome)),
            _ => None,
        };
        let caller = proto::Leg {
            leg_id: call.caller.to_string(),
            person_id: String::new(),
            state: caller_state(call).into(),
            start_time: Some(timestamp(call.arrived)),
            answer_time: call.answered.map(timestamp),
            end_time: ended.map(|(at, _)| timestamp(at)),
        };
        let held = matches!(
            call.state,
            State::Connected {
                held_since: Some(_),
                ..
            }
        );
        let legs = call.legs.iter().map(|leg| self::leg(leg, held));
        Self {
            call_id: call.id.to_string(),
            state: state(&call.state).into(),
            outcome: ended
                .map_or(proto::CallOutcome::Unspecified, |(_, how)| outcome(how))
                .into(),
            from: call.from.clone(),
            dialled: call.dialled.clone(),
            target_id: target(call),
            legs: std::iter::once(caller).chain(legs).collect(),
            arrive_time: Some(timestamp(call.arrived)),
            answer_time: call.answered.map(timestamp),
            end_time: ended.map(|(at, _)| timestamp(at)),
            version: 0,
        }
    }
}

/// `RINGING`, as error metadata shows it.
pub(crate) fn state_name(call: &Call) -> &'static str {
    let name = state(&call.state).as_str_name();
    name.strip_prefix("CALL_STATE_").unwrap_or(name)
}

fn state(state: &State) -> proto::CallState {
    match state {
        State::Announcing { .. } => proto::CallState::Received,
        State::InMenu { .. } => proto::CallState::InMenu,
        State::Queued { .. } => proto::CallState::Queued,
        State::Ringing(_) => proto::CallState::Ringing,
        State::Connected {
            held_since: None, ..
        } => proto::CallState::Connected,
        State::Connected {
            held_since: Some(_),
            ..
        } => proto::CallState::OnHold,
        State::InVoicemail { .. } => proto::CallState::InVoicemail,
        State::Ended { .. } => proto::CallState::Ended,
    }
}

pub(crate) fn outcome(outcome: Outcome) -> proto::CallOutcome {
    match outcome {
        Outcome::Answered => proto::CallOutcome::Answered,
        Outcome::Missed => proto::CallOutcome::Missed,
        Outcome::Abandoned => proto::CallOutcome::Abandoned,
        Outcome::Voicemail => proto::CallOutcome::Voicemail,
        Outcome::Overflowed => proto::CallOutcome::Overflowed,
        Outcome::Rejected => proto::CallOutcome::Rejected,
        Outcome::Failed => proto::CallOutcome::Failed,
    }
}

/// `ANSWERED`, as traces show it.
pub(crate) fn outcome_name(how: Outcome) -> &'static str {
    let name = outcome(how).as_str_name();
    name.strip_prefix("CALL_OUTCOME_").unwrap_or(name)
}

/// The caller's telephone is connected from the first moment: it hears prompts and music.
fn caller_state(call: &Call) -> proto::LegState {
    if call.is_ended() {
        proto::LegState::Ended
    } else {
        proto::LegState::Connected
    }
}

fn leg(leg: &Leg, held: bool) -> proto::Leg {
    let state = match leg.state {
        LegState::Offered => proto::LegState::Offered,
        LegState::Ringing => proto::LegState::Ringing,
        LegState::Connected if held => proto::LegState::Holding,
        LegState::Connected => proto::LegState::Connected,
        LegState::Ended => proto::LegState::Ended,
    };
    proto::Leg {
        leg_id: leg.id.to_string(),
        person_id: leg
            .person
            .as_ref()
            .map_or_else(String::new, UserId::to_string),
        state: state.into(),
        start_time: Some(timestamp(leg.offered)),
        answer_time: leg.answered.map(timestamp),
        end_time: leg.ended.map(timestamp),
    }
}

/// The queue, ring group, menu or extension that has the call now.
fn target(call: &Call) -> String {
    let source = |source: OfferSource| match source {
        OfferSource::External => String::new(),
        other => other.to_string(),
    };
    match &call.state {
        State::InMenu { menu, .. } => menu.to_string(),
        State::InVoicemail { owner, .. } => owner.clone(),
        State::Ringing(ringing) => source(ringing.source),
        State::Connected { leg, .. } => {
            let talking = call.legs.iter().find(|known| known.id == *leg);
            talking.map_or_else(String::new, |leg| source(leg.source))
        }
        State::Queued { .. } | State::Announcing { .. } | State::Ended { .. } => call
            .visit
            .as_ref()
            .map_or_else(String::new, |visit| visit.queue.to_string()),
    }
}
