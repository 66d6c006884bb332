use api::directory::v1 as wire;

use super::Wire;
use crate::{
    app::watch::News,
    domain::{
        absence::{Absence, Standing},
        dead_end::DeadEnd,
        plan::Plan,
        resource::Record,
    },
};

/// A plan for the services that run calls on it.
pub(in crate::grpc) fn plan(plan: &Plan) -> wire::Plan {
    wire::Plan {
        account_id: plan.account.id.to_string(),
        version: plan.account.plan_version,
        time_zone: plan.account.time_zone.to_string(),
        country_code: plan.account.country.to_string(),
        numbers: messages(&plan.numbers),
        extensions: messages(&plan.extensions),
        ring_groups: messages(&plan.ring_groups),
        queues: messages(&plan.queues),
        menus: messages(&plan.menus),
        schedules: messages(&plan.schedules),
        suspended: plan.account.suspended,
        absences: plan.absences.iter().map(absence).collect(),
    }
}

fn absence(absence: &Absence) -> wire::Absence {
    let state = match absence.standing {
        Standing::Suspended => wire::AbsenceState::Suspended,
        Standing::Left => wire::AbsenceState::Left,
    };
    wire::Absence {
        person_id: absence.person.to_string(),
        state: state.into(),
    }
}

fn messages<R: Wire>(records: &[Record<R>]) -> Vec<R::Message> {
    records.iter().map(R::message).collect()
}

/// A dead end for clients.
pub(in crate::grpc) fn dead_end(end: DeadEnd) -> wire::DeadEnd {
    wire::DeadEnd {
        resource_id: end.key.to_string(),
        display_name: end.display_name,
        reason: end.reason.name().to_owned(),
    }
}

/// News of plans for those who watch them.
pub(in crate::grpc) fn news(news: News) -> wire::WatchPlansResponse {
    use wire::watch_plans_response::Message;
    let message = match news {
        News::Changed(changed) => Message::Change(wire::PlanChange {
            account_id: changed.account.to_string(),
            version: changed.version,
            e164: changed.e164,
        }),
        News::Reset => Message::Reset(wire::PlanReset {}),
    };
    wire::WatchPlansResponse {
        message: Some(message),
    }
}
