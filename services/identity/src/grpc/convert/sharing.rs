//! What the sharing guard found.

use api::identity::v1 as wire;
use chrono::{DateTime, Utc};
use fault::At;
use prost_types::Timestamp;

use super::timestamp;
use crate::{
    app::sharing::{Assessed, Filter},
    domain::sharing::{Dismissal, FindingState, LONGEST_DISMISSAL, Policy, Reason, SignalKind},
};

pub(in crate::grpc) fn to_wire(assessed: &Assessed) -> wire::SharingFinding {
    let finding = &assessed.finding;
    let state = match finding.state {
        FindingState::Open => wire::SharingFindingState::Open,
        FindingState::Dismissed => wire::SharingFindingState::Dismissed,
    };
    wire::SharingFinding {
        user_id: finding.user.to_string(),
        state: state.into(),
        score: assessed.assessment.score.into(),
        reasons: assessed.assessment.reasons.iter().map(reason).collect(),
        open_time: timestamp(finding.opened),
        signal_time: timestamp(finding.signalled),
        dismissal: finding.dismissal.as_ref().map(dismissal),
    }
}

fn reason(reason: &Reason) -> wire::SharingReason {
    let kind = match reason.kind {
        SignalKind::ParallelSessions => wire::SharingSignalKind::ParallelSessions,
        SignalKind::RefreshReused => wire::SharingSignalKind::RefreshReused,
        SignalKind::TwoPlaces => wire::SharingSignalKind::TwoPlaces,
        SignalKind::SecondCall => wire::SharingSignalKind::SecondCall,
    };
    wire::SharingReason {
        kind: kind.into(),
        occasions: reason.occasions,
        signals: reason.signals,
        first_time: timestamp(reason.first),
        last_time: timestamp(reason.last),
        networks: reason.networks.iter().cloned().collect(),
        score: reason.score.into(),
        explanation: reason.explanation(),
    }
}

fn dismissal(dismissal: &Dismissal) -> wire::SharingDismissal {
    wire::SharingDismissal {
        dismissed_by: dismissal.by.clone(),
        dismiss_time: timestamp(dismissal.at),
        until: timestamp(dismissal.until),
        reason: dismissal.reason.to_string(),
        score: dismissal.score.into(),
    }
}

pub(in crate::grpc) fn filter(
    at: &mut At<'_>,
    request: &wire::ListSharingFindingsRequest,
) -> Option<Filter> {
    let state = match wire::SharingFindingState::try_from(request.state) {
        Ok(wire::SharingFindingState::Unspecified) => Ok(None),
        Ok(wire::SharingFindingState::Open) => Ok(Some(FindingState::Open)),
        Ok(wire::SharingFindingState::Dismissed) => Ok(Some(FindingState::Dismissed)),
        Err(_) => Err("must be a known state"),
    };
    let state = at.accept("state", state);
    let min_score = u8::try_from(request.min_score)
        .ok()
        .filter(|score| *score <= 100)
        .ok_or("must be 0 to 100");
    let min_score = at.accept("min_score", min_score);
    Some(Filter {
        state: state?,
        min_score: min_score?,
    })
}

pub(in crate::grpc) fn policy_to_wire(policy: Policy) -> wire::SharingPolicy {
    match policy {
        Policy::Observe => wire::SharingPolicy::Observe,
        Policy::Notify => wire::SharingPolicy::Notify,
        Policy::OneSession => wire::SharingPolicy::OneSession,
    }
}

/// The `sharing_policy` of an account.
pub(in crate::grpc) fn policy(at: &mut At<'_>, policy: i32) -> Option<Policy> {
    let policy = match wire::SharingPolicy::try_from(policy) {
        Ok(wire::SharingPolicy::Observe) => Ok(Policy::Observe),
        Ok(wire::SharingPolicy::Notify) => Ok(Policy::Notify),
        Ok(wire::SharingPolicy::OneSession) => Ok(Policy::OneSession),
        Ok(wire::SharingPolicy::Unspecified) | Err(_) => Err("must be a known policy"),
    };
    at.accept("sharing_policy", policy)
}

/// The end of a dismissal, if it is given.
pub(in crate::grpc) fn until(
    at: &mut At<'_>,
    until: Option<Timestamp>,
    now: DateTime<Utc>,
) -> Option<Option<DateTime<Utc>>> {
    let Some(until) = until else {
        return Some(None);
    };
    let instant = u32::try_from(until.nanos)
        .ok()
        .and_then(|nanos| DateTime::from_timestamp(until.seconds, nanos))
        .filter(|until| *until > now && *until - now <= LONGEST_DISMISSAL);
    let must = format!(
        "must be in the future, at most {} days ahead",
        LONGEST_DISMISSAL.num_days()
    );
    at.accept("until", instant.ok_or(must)).map(Some)
}
