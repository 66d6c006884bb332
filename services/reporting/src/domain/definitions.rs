//! The formula behind every number, published with it (REP-4).

/// Changes when a formula changes; stands in every answer with numbers.
pub const VERSION: &str = "1";

/// How a number is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// The message and field.
    pub field: &'static str,
    /// How.
    pub formula: &'static str,
    /// In what.
    pub unit: &'static str,
}

const fn define(field: &'static str, unit: &'static str, formula: &'static str) -> Definition {
    Definition {
        field,
        formula,
        unit,
    }
}

/// Every number, in the order of the proto.
pub const ALL: &[Definition] = &[
    define(
        "PersonStatistics.offered",
        "offers",
        "answered + missed + declined + withdrawn",
    ),
    define(
        "PersonStatistics.answered",
        "offers",
        "offers that the person answered, at the answer",
    ),
    define(
        "PersonStatistics.missed",
        "offers",
        "offers that ended MISSED or UNREACHABLE, at their end",
    ),
    define(
        "PersonStatistics.declined",
        "offers",
        "offers that ended DECLINED, at their end",
    ),
    define(
        "PersonStatistics.withdrawn",
        "offers",
        "offers that ended TAKEN, WITHDRAWN or BUSY, at their end",
    ),
    define(
        "PersonStatistics.talk_time",
        "seconds",
        "sum of talked - held of the calls that the person talked in last, at the end of the call",
    ),
    define(
        "PersonStatistics.hold_time",
        "seconds",
        "sum of held of those calls, at the end of the call",
    ),
    define(
        "PersonStatistics.wrap_up_time",
        "seconds",
        "sum of the time in WRAP_UP, at its end",
    ),
    define(
        "PersonStatistics.average_handling_time",
        "seconds",
        "(talk_time + hold_time + wrap_up_time) / answered; missing when answered is zero",
    ),
    define(
        "PersonStatistics.average_time_to_answer",
        "seconds",
        "ringing time of the answered offers / answered; missing when answered is zero",
    ),
    define(
        "PersonStatistics.states",
        "seconds",
        "time in each state within the span; the present state counts up to now or the end of the span, whichever is earlier",
    ),
    define(
        "QueueStatistics.offered",
        "callers",
        "answered + missed + abandoned",
    ),
    define(
        "QueueStatistics.answered",
        "callers",
        "callers who left the line ANSWERED, at leaving",
    ),
    define(
        "QueueStatistics.missed",
        "callers",
        "callers who left the line neither ANSWERED nor ABANDONED (TOO_LONG, FULL, EMPTY, FAILED), at leaving",
    ),
    define(
        "QueueStatistics.abandoned",
        "callers",
        "callers who left the line ABANDONED, at leaving",
    ),
    define(
        "QueueStatistics.short_abandoned",
        "callers",
        "the abandoned who waited less than the queue's short-abandon threshold at that time",
    ),
    define(
        "QueueStatistics.answered_in_threshold",
        "callers",
        "the answered who waited at most the queue's service-level threshold at that time",
    ),
    define(
        "QueueStatistics.average_speed_of_answer",
        "seconds",
        "sum of (answered - queued) / answered; missing when answered is zero",
    ),
    define(
        "QueueStatistics.average_wait",
        "seconds",
        "waiting time of all / offered; missing when offered is zero",
    ),
    define(
        "QueueStatistics.longest_wait",
        "seconds",
        "longest waiting time of all who left",
    ),
    define(
        "QueueStatistics.service_level",
        "ratio",
        "answered_in_threshold / (offered - short_abandoned); missing when that is zero",
    ),
    define(
        "QueueStatistics.talk_time",
        "seconds",
        "sum of talked - held of the queue's calls, at the end of the call",
    ),
    define(
        "QueueStatistics.hold_time",
        "seconds",
        "sum of held of the queue's calls, at the end of the call",
    ),
    define(
        "QueueStatistics.wrap_up_time",
        "seconds",
        "sum of the time in WRAP_UP after the queue's calls, at its end",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_number_has_one_definition() {
        let fields: HashSet<_> = ALL.iter().map(|definition| definition.field).collect();
        assert_eq!(fields.len(), ALL.len());
        assert!(
            ALL.iter()
                .all(|definition| !definition.formula.is_empty() && !definition.unit.is_empty())
        );
    }
}
