//! Brings waiting callers and free people together.
//!
//! Only the caller at the head of a line is matched: a newcomer never overtakes, and when nobody
//! is free for the head, nobody is free for those behind. A queue is matched when a caller joins
//! its line, when presence says that somebody became ready, and when a waiting call's timer
//! fires. Two replicas that match the same head ask presence under the same operation id and
//! get the same person.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
};

use ids::{CallId, QueueId};
use live::{Partition, Signal};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    App, By, Shared,
    call::{Taken, call_span},
};
use crate::{
    domain::{FloorOperation, FloorRequest, FloorResult, Input},
    error::Error,
    live::{call::Stored, line},
    peers::floor::NoAnswer,
};

/// Where presence says which queues somebody became ready for: queue ids, with spaces between.
const READY: &str = "presence:ready";
/// Newcomers turned away at a time when nobody is logged in.
const TURNED_AWAY: u32 = 100;

/// Which queues are being matched here, and whether they must be looked at again.
#[derive(Debug, Default)]
pub(crate) struct Matcher(Mutex<HashMap<QueueId, Again>>);

/// Something happened while the queue was being matched.
#[derive(Debug, Default)]
struct Again(bool);

/// Why the matching of a queue was broken off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Call(#[from] Error),
    #[error(transparent)]
    Floor(#[from] NoAnswer),
}

impl Matcher {
    /// False if somebody is at it, who will then look again.
    fn begin(&self, queue: QueueId) -> bool {
        match self.lock().entry(queue) {
            Entry::Occupied(mut at_work) => {
                at_work.get_mut().0 = true;
                false
            }
            Entry::Vacant(idle) => {
                idle.insert(Again::default());
                true
            }
        }
    }

    /// True if it must be done again.
    fn end(&self, queue: QueueId) -> bool {
        let mut at_work = self.lock();
        let again = at_work
            .get_mut(&queue)
            .is_some_and(|again| std::mem::take(&mut again.0));
        if !again {
            at_work.remove(&queue);
        }
        again
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<QueueId, Again>> {
        // Whoever panicked left a map that is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Sees to it that the queue is matched. `head` saves a look at the line.
    pub(super) fn match_queue(
        self: &Shared,
        partition: Partition,
        queue: QueueId,
        head: Option<CallId>,
    ) {
        if !self.matcher.begin(queue) {
            return;
        }
        let app = self.clone();
        self.tasks.spawn(async move {
            let mut head = head;
            loop {
                if let Err(error) = app.match_all(partition, queue, head.take()).await {
                    tracing::warn!(%queue, %error, "matching broke off, the timers go on");
                }
                if !app.matcher.end(queue) {
                    return;
                }
            }
        });
    }

    /// Matches until nobody is free or nobody waits.
    async fn match_all(
        self: &Shared,
        partition: Partition,
        queue: QueueId,
        mut hint: Option<CallId>,
    ) -> Result<(), Broken> {
        let mut before = None;
        loop {
            let head = match hint.take() {
                Some(head) => Some(head),
                None => line::head(&self.live, partition, queue)
                    .await
                    .map_err(Error::from)?,
            };
            // The same head again: what brought it back also asked for another round.
            let Some(head) = head.filter(|head| before != Some(*head)) else {
                return Ok(());
            };
            before = Some(head);
            let work = self.match_head(partition, queue, head);
            if !work.instrument(call_span(head, "match")).await? {
                return Ok(());
            }
        }
    }

    /// Returns whether the next in line may have a turn.
    async fn match_head(
        self: &Shared,
        partition: Partition,
        queue: QueueId,
        head: CallId,
    ) -> Result<bool, Broken> {
        let Some((stored, operation)) = self.wish(head, queue).await? else {
            return Ok(true);
        };
        let result = self.floor.ask(&stored.call, &operation).await?;
        let FloorResult::Reserved {
            reservation,
            logged_in,
        } = &result
        else {
            return Ok(false);
        };
        let (somebody, nobody_there) = (reservation.is_some(), *logged_in == 0);
        let waits = self.answered(head, operation.number, result, queue).await?;
        if somebody || !waits {
            return Ok(true);
        }
        if nobody_there {
            self.turn_away(partition, queue).await?;
        }
        Ok(false)
    }

    /// The call's wish for a person of this queue, made now unless it stands.
    async fn wish(
        &self,
        head: CallId,
        queue: QueueId,
    ) -> Result<Option<(Stored, FloorOperation)>, Error> {
        if let Some(stored) = self.calls.recall(head)
            && let Some(operation) = standing(&stored, queue)
        {
            return Ok(Some((stored, operation)));
        }
        let stored = match self.take(head, Input::Seek, By::Mesh).await {
            Ok(Taken::Changed(step)) => step.stored,
            Ok(Taken::Unchanged(stored)) => stored,
            Err(Error::CallNotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(standing(&stored, queue).map(|operation| (stored, operation)))
    }

    /// Brings presence's answer to the call. Returns whether it still waits in this line.
    async fn answered(
        self: &Shared,
        call: CallId,
        operation: u32,
        result: FloorResult,
        queue: QueueId,
    ) -> Result<bool, Error> {
        let input = Input::Floor { operation, result };
        let waits = |stored: &Stored| {
            stored
                .call
                .line(|_| 0)
                .is_some_and(|line| line.queue == queue)
        };
        Ok(match self.take(call, input, By::Mesh).await? {
            Taken::Changed(step) => {
                let waits = waits(&step.stored);
                if !step.floor.is_empty() || !step.tells.is_empty() {
                    let span = tracing::Span::current();
                    let following = self.clone().follow_elsewhere(step);
                    self.tasks.spawn(following.instrument(span));
                }
                waits
            }
            Taken::Unchanged(stored) => waits(&stored),
        })
    }

    /// Nobody is logged in: callers who came since must hear so now, not when their turn comes.
    async fn turn_away(self: &Shared, partition: Partition, queue: QueueId) -> Result<(), Error> {
        let (_, callers) = line::show(&self.live, partition, queue, TURNED_AWAY).await?;
        for (call, _) in callers {
            let stored = match self.calls.recall(call) {
                Some(stored) => Some(stored),
                None => self.calls.load(call).await?,
            };
            let newcomer = stored.as_ref().filter(|stored| {
                stored
                    .call
                    .visit
                    .as_ref()
                    .is_some_and(|visit| !visit.admitted)
            });
            if let Some(operation) = newcomer.and_then(|stored| standing(stored, queue)) {
                let nobody = FloorResult::Reserved {
                    reservation: None,
                    logged_in: 0,
                };
                self.answered(call, operation.number, nobody, queue).await?;
            }
        }
        Ok(())
    }

    /// Matches queues of the partitions that this replica owns whenever presence says that
    /// somebody became ready.
    pub(super) async fn listen_for_people(
        self: Shared,
        owns: impl Fn(Partition) -> bool,
        drain: CancellationToken,
    ) {
        let mut signals = self.live.subscribe(READY);
        while let Some(Some(signal)) = drain.run_until_cancelled(signals.next()).await {
            // What was published while nobody listened is made up for by timers.
            let Signal::Wake(partition, queues) = signal else {
                continue;
            };
            if !owns(partition) {
                continue;
            }
            let queues = String::from_utf8_lossy(&queues);
            for queue in queues
                .split_ascii_whitespace()
                .filter_map(|id| id.parse().ok())
            {
                self.match_queue(partition, queue, None);
            }
        }
    }
}

fn standing(stored: &Stored, queue: QueueId) -> Option<FloorOperation> {
    let mut wishes = stored.call.outstanding.iter();
    wishes
        .find(|operation| {
            matches!(operation.request, FloorRequest::Reserve { queue: of, .. } if of == queue)
        })
        .cloned()
}
