//! Questions about calls and lines.

use access::Caller;
use futures::{StreamExt, TryStreamExt, stream};
use ids::{CallId, QueueId};
use live::Partition;

use super::{App, Viewer};
use crate::{
    domain::{LegState, Time},
    error::Error,
    grpc::convert,
    live::{call::Stored, line},
    peers::plans::PlanError,
};

/// Calls looked at for one page when most of them are not for the viewer's eyes.
const LOOKED_AT: usize = 5_000;

/// Calls read at a time.
const CONCURRENT: usize = 16;

impl App {
    /// A call, as far as the viewer may see it.
    pub(crate) async fn view(&self, call: CallId, viewer: &Viewer) -> Result<Stored, Error> {
        let stored = self.calls.load(call).await?;
        stored
            .filter(|stored| viewer.sees(&stored.call))
            .ok_or(Error::CallNotFound)
    }

    /// A call that the viewer may end: who sees only their own must be on it. One that has
    /// ended is fine, because a repeated request must find it so.
    pub(crate) async fn view_to_end(&self, call: CallId, viewer: &Viewer) -> Result<(), Error> {
        let call = self.view(call, viewer).await?.call;
        let is_on = |person| {
            let leg = call.leg_of(person);
            leg.is_some_and(|leg| leg.state == LegState::Connected)
        };
        if call.is_ended() || viewer.person().is_none_or(is_on) {
            return Ok(());
        }
        Err(Error::StateConflict {
            state: convert::call::state_name(&call),
            why: "the caller of the method is not on it",
        })
    }

    /// Live calls after this one, oldest first, and where to go on.
    pub(crate) async fn list(
        &self,
        viewer: &Viewer,
        after: Option<(Time, CallId)>,
        size: usize,
    ) -> Result<(Vec<Stored>, Option<(Time, CallId)>), Error> {
        let (mut page, mut after) = (Vec::with_capacity(size), after);
        let mut looked_at = 0;
        while page.len() < size && looked_at < LOOKED_AT {
            let ids = self.calls.list(viewer.account, after, size).await?;
            let last = ids.len() < size;
            looked_at += ids.len();
            let read = stream::iter(ids).map(|id| self.calls.load(id));
            let read: Vec<_> = read.buffered(CONCURRENT).try_collect().await?;
            // One that is gone in between is no longer a live call.
            for stored in read.into_iter().flatten() {
                after = Some((stored.call.arrived, stored.call.id));
                if viewer.sees(&stored.call) && !stored.call.is_ended() {
                    page.push(stored);
                    if page.len() == size {
                        return Ok((page, after));
                    }
                }
            }
            if last {
                return Ok((page, None));
            }
        }
        Ok((page, after))
    }

    /// How many wait in a queue that the caller may see, and the first of them.
    pub(crate) async fn waiting(
        &self,
        caller: &Caller,
        queue: QueueId,
        limit: u32,
    ) -> Result<(u32, Vec<(CallId, Time)>), Error> {
        let account = caller.account_id().map_err(|_| Error::QueueUnknown)?;
        let plan = self.plans.of_account(account).await;
        let plan = plan.map_err(|error| match error {
            // Nothing was ever set up there, so it has no queue either.
            PlanError::Unknown => Error::QueueUnknown,
            error => Error::Plan(error),
        })?;
        if !Self::sees_line(caller, &plan, queue) {
            return Err(Error::QueueUnknown);
        }
        Ok(line::show(&self.live, Partition::of(account), queue, limit).await?)
    }
}
