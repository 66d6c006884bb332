use std::{collections::HashMap, str::FromStr};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use ids::{AccountId, EventId};

use crate::Partition;

/// One event with what every follower needs to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Names the event for ever.
    pub id: EventId,
    /// Whose it is; decides the partition.
    pub account: AccountId,
    /// What it is about: `call_…`, `usr_…`, `que_….`
    pub subject: String,
    /// Counts the subject's events: one more than the event before. A gap is a lost event, a
    /// repeat is one already seen.
    pub seq: u64,
    /// When it happened, in milliseconds.
    pub at: DateTime<Utc>,
    /// Who caused it; empty for the system.
    pub actor: String,
    /// The full name of the message in `body`: `strowger.routing.v1.CallEvent`.
    pub kind: String,
    /// W3C `traceparent` of the span that caused it; empty for none.
    pub traceparent: String,
    /// The protobuf message.
    pub body: Bytes,
}

/// An entry of a stream that is not an event. Nothing can make it one: log it, count it, go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an event: field `{0}` is missing or wrong")]
pub struct Malformed(pub &'static str);

impl Envelope {
    /// Which stream it belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::of(self.account)
    }

    /// The fields of the stream entry, in the order that they are written.
    pub(crate) fn fields(&self) -> [(&'static str, Vec<u8>); 9] {
        [
            ("id", self.id.to_string().into_bytes()),
            ("acc", self.account.to_string().into_bytes()),
            ("sub", self.subject.clone().into_bytes()),
            ("seq", self.seq.to_string().into_bytes()),
            ("at", self.at.timestamp_millis().to_string().into_bytes()),
            ("act", self.actor.clone().into_bytes()),
            ("typ", self.kind.clone().into_bytes()),
            ("tp", self.traceparent.clone().into_bytes()),
            ("body", self.body.to_vec()),
        ]
    }

    pub(crate) fn from_fields(mut fields: HashMap<String, Vec<u8>>) -> Result<Self, Malformed> {
        Ok(Self {
            id: parsed(&mut fields, "id")?,
            account: parsed(&mut fields, "acc")?,
            subject: parsed(&mut fields, "sub")?,
            seq: parsed(&mut fields, "seq")?,
            at: DateTime::from_timestamp_millis(parsed(&mut fields, "at")?)
                .ok_or(Malformed("at"))?,
            actor: parsed(&mut fields, "act")?,
            kind: parsed(&mut fields, "typ")?,
            traceparent: parsed(&mut fields, "tp")?,
            body: Bytes::from(fields.remove("body").ok_or(Malformed("body"))?),
        })
    }
}

fn parsed<T: FromStr>(
    fields: &mut HashMap<String, Vec<u8>>,
    name: &'static str,
) -> Result<T, Malformed> {
    let bytes = fields.remove(name).ok_or(Malformed(name))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Malformed(name))?;
    text.parse().map_err(|_| Malformed(name))
}
