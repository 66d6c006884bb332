use chrono::{DateTime, Utc};
use fault::Violations;
use ids::ScheduleId;

use super::{
    App,
    caller::{Intent, Reader},
    edit::Ground,
};
use crate::{
    domain::{
        key::Kind,
        resource::Record,
        schedule::{Forced, Schedule, State},
    },
    error::Error,
};

impl App {
    /// Forces a schedule open or closed, or ends the force.
    pub async fn override_schedule<M: prost::Message + Default>(
        &self,
        intent: &Intent,
        id: ScheduleId,
        forced: Option<Forced>,
        reply: impl Fn(&Record<Schedule>) -> M + Sync,
    ) -> Result<M, Error> {
        let now = self.0.clock.now();
        let verb = if forced.is_some() {
            "overridden"
        } else {
            "resumed"
        };
        let draft = |ground: &Ground<'_, Schedule>| {
            if forced
                .and_then(|forced| forced.until)
                .is_some_and(|until| until <= now)
            {
                let mut violations = Violations::new();
                violations.root().field("until", "must be in the future");
                return Err(Error::Fields(violations));
            }
            let current = ground.current.ok_or(Error::NotFound(Kind::Schedule))?;
            Ok(Schedule {
                forced,
                ..current.value.clone()
            })
        };
        self.update(intent, id, None, verb, draft, reply).await
    }

    /// The state at `from`, or now, and the changes after it.
    pub async fn preview_schedule(
        &self,
        reader: &Reader,
        id: ScheduleId,
        from: Option<DateTime<Utc>>,
        limit: usize,
    ) -> Result<Vec<(DateTime<Utc>, State)>, Error> {
        let schedule = self.get::<Schedule>(reader, id).await?.value;
        let from = from.unwrap_or_else(|| self.0.clock.now());
        Ok(schedule.changes_from(from, limit))
    }
}
