//! One transition of a call is one script, one round trip.

use std::sync::LazyLock;

use ids::CallId;
use live::{Key, Script, prelude};

use super::{
    call::{Calls, StoreError, Stored, deadline},
    keys,
};
use crate::domain::{Call, Line};

const SOURCE: &str = include_str!("../../lua/commit_call.lua");
const PRELUDES: [&str; 3] = [prelude::CORE, prelude::EVENT, prelude::TIMER];

static COMMIT: LazyLock<Script> =
    LazyLock::new(|| Script::with_prelude("routing.commit_call", &PRELUDES, SOURCE));
/// The same for transitions that end a call: those must work when Redis is full.
static END: LazyLock<Script> = LazyLock::new(|| {
    let source = SOURCE.replacen("#!lua", "#!lua flags=allow-oom", 1);
    Script::with_prelude("routing.end_call", &PRELUDES, &source)
});

/// How long an ended call can be asked for here; later, ask reporting.
const KEEP_ENDED_MS: u64 = 600_000;

/// A transition, ready to be written.
pub(crate) struct Commit<'a> {
    /// Names this attempt; nothing is changed twice under one name.
    pub(crate) operation: &'a str,
    /// Where the call stands now.
    pub(crate) base: Base<'a>,
    /// The call as it will be.
    pub(crate) call: Call,
    /// Its place in line then.
    pub(crate) place: Option<Line>,
    /// Encoded `CallEvent`s, in order.
    pub(crate) events: Vec<Vec<u8>>,
    /// Encoded `EdgeCommand`s, in order.
    pub(crate) commands: Vec<Vec<u8>>,
    /// Who acts; empty for the system.
    pub(crate) actor: &'a str,
    /// The span that decided; may be empty.
    pub(crate) traceparent: &'a str,
}

/// What a transition starts from.
#[derive(Clone, Copy)]
pub(crate) enum Base<'a> {
    /// Nothing: the edge's arrival becomes a call.
    Arrival(&'a Key),
    /// The call at a version.
    Stored(&'a Stored),
}

/// What became of a commit.
#[derive(Debug)]
pub(crate) enum Committed {
    /// Written; whether the call is now the first in its line.
    Done { stored: Stored, head: bool },
    /// This operation was written before; the call as it is now.
    Repeated(Stored),
    /// Somebody else was first; the call as it is now, if there is one.
    Conflict(Option<Stored>),
    /// The arrival is this call already.
    Arrived(CallId),
    /// The line has no room.
    Full,
}

type Reply = (String, i64, u64, Vec<u8>, u8);

impl Calls {
    /// Writes a transition, all of it or nothing.
    pub(crate) async fn commit(&self, commit: Commit<'_>) -> Result<Committed, StoreError> {
        let Commit {
            operation,
            base,
            call,
            place,
            events,
            commands,
            actor,
            traceparent,
        } = commit;
        // JSON, because versions N and N + 1 of routing read each other's calls.
        let bytes = serde_json::to_vec(&call).map_err(StoreError::Unwritable)?;
        let (expected, arrival, leaves) = match base {
            Base::Arrival(key) => (0, Some(key), None),
            Base::Stored(stored) => (stored.version, None, stored.call.line(|_| 0)),
        };
        let leaves =
            leaves.filter(|before| place.as_ref().is_none_or(|now| now.queue != before.queue));
        let script = if call.is_ended() { &END } else { &COMMIT };
        let mut request = self
            .live
            .script(script)
            .key(&keys::call(&self.live, call.id))
            .key(&self.timers.key(keys::partition_of(call.id)));
        if let Some(arrival) = arrival {
            request = request.key(arrival);
        }
        let asked = self.clock.ask();
        let reply: Reply = request
            .arg(operation)
            .arg(expected)
            .arg(bytes)
            .text(call.id)
            .text(call.account)
            .text(call.edge)
            .arg(call.arrived.millis())
            .arg(deadline(call.deadline()))
            .arg(u8::from(call.is_ended()))
            .arg(KEEP_ENDED_MS)
            .arg(self.edge_lease.as_millis() as u64)
            .arg(call.touched.millis())
            .arg(actor)
            .arg(traceparent)
            .arg(leaves.map_or_else(String::new, |line| line.queue.to_string()))
            .arg(
                place
                    .as_ref()
                    .map_or_else(String::new, |line| line.queue.to_string()),
            )
            .arg(place.as_ref().map_or(0, |line| line.limit))
            .arg(events.len())
            .arg(events)
            .arg(commands)
            .run()
            .await?;
        self.clock.answer(asked, reply.1);
        self.read_reply(call, reply)
    }

    fn read_reply(&self, call: Call, reply: Reply) -> Result<Committed, StoreError> {
        let (status, _, version, bytes, head) = reply;
        let id = call.id;
        Ok(match status.as_str() {
            "done" => {
                let stored = Stored { version, call };
                self.remember(&stored);
                Committed::Done {
                    stored,
                    head: head == 1,
                }
            }
            "full" => Committed::Full,
            "arrived" => {
                let text = std::str::from_utf8(&bytes).unwrap_or_default();
                Committed::Arrived(text.parse().map_err(StoreError::Arrival)?)
            }
            "repeated" => Committed::Repeated(self.read(id, version, &bytes)?),
            _ if version == 0 => {
                self.forget(id);
                Committed::Conflict(None)
            }
            _ => Committed::Conflict(Some(self.read(id, version, &bytes)?)),
        })
    }
}
