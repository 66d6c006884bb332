//! Numbers and the formulas behind them.

use api::{
    presence::v1::State,
    reporting::v1::{Definition, PersonStatistics, QueueStatistics, StateTime},
};
use chrono::TimeDelta;
use ids::QueueId;

use super::duration;
use crate::{
    domain::{definitions, statistics::QueueCounts},
    store::statistics::PersonSums,
};

pub(in crate::grpc) fn person_statistics(sums: PersonSums) -> PersonStatistics {
    let counts = &sums.counts;
    PersonStatistics {
        person_id: sums.person.to_string(),
        offered: counts.offered(),
        answered: counts.answered,
        missed: counts.missed,
        declined: counts.declined,
        withdrawn: counts.withdrawn,
        talk_time: Some(duration(counts.talk)),
        hold_time: Some(duration(counts.hold)),
        wrap_up_time: Some(duration(counts.wrap_up)),
        average_handling_time: counts.average_handling_time().map(duration),
        average_time_to_answer: counts.average_time_to_answer().map(duration),
        states: sums.states.into_iter().map(state_time).collect(),
    }
}

fn state_time((state, time): (State, TimeDelta)) -> StateTime {
    let name = state.as_str_name();
    let state = name.strip_prefix("STATE_").unwrap_or(name).to_owned();
    StateTime {
        state,
        time: Some(duration(time)),
    }
}

pub(in crate::grpc) fn queue_statistics(
    (queue, counts): (QueueId, QueueCounts),
) -> QueueStatistics {
    QueueStatistics {
        queue_id: queue.to_string(),
        offered: counts.offered(),
        answered: counts.answered,
        missed: counts.missed,
        abandoned: counts.abandoned,
        short_abandoned: counts.short_abandoned,
        answered_in_threshold: counts.in_threshold,
        average_speed_of_answer: counts.average_speed_of_answer().map(duration),
        average_wait: counts.average_wait().map(duration),
        longest_wait: Some(duration(counts.longest)),
        service_level: counts.service_level(),
        talk_time: Some(duration(counts.talk)),
        hold_time: Some(duration(counts.hold)),
        wrap_up_time: Some(duration(counts.wrap_up)),
    }
}

pub(in crate::grpc) fn definition(definition: &definitions::Definition) -> Definition {
    Definition {
        field: definition.field.to_owned(),
        formula: definition.formula.to_owned(),
        unit: definition.unit.to_owned(),
    }
}
