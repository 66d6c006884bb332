//! One entry of the audit trail (REP-9).

use chrono::{DateTime, Utc};
use ids::{AccountId, EventId};

use super::membership::Membership;

/// A sign-in or a change of configuration: what of it the trail is searched by. The rest stands
/// in the message, which is kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The subject by which its writer counts.
    pub counted: String,
    /// `session.started`, `queue.updated`.
    pub action: String,
    /// The object.
    pub subject: String,
    /// Who is in it from now on, if it says so.
    pub members: Option<Membership>,
}

/// Who did what to what, and how it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Whose trail.
    pub account: AccountId,
    /// Names the entry.
    pub event: EventId,
    /// When.
    pub at: DateTime<Utc>,
    /// A person, a service key, or empty for the mesh itself.
    pub actor: String,
    /// `session.started`, `queue.updated`.
    pub action: String,
    /// The object.
    pub subject: String,
    /// Field by field.
    pub changes: Vec<FieldChange>,
    /// Truncated network of the caller.
    pub network: String,
    /// `OK`, or the reason of the refusal.
    pub result: String,
    /// 32 hexadecimal digits; empty when unknown.
    pub trace: String,
    /// The entry that made this one happen; empty when somebody asked for it directly.
    pub cause: String,
}

/// One field before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Path of the field.
    pub field: String,
    /// Empty when there was none.
    pub before: String,
    /// Empty when there is none.
    pub after: String,
}

/// The trace id in a W3C `traceparent`; empty if it is none.
#[must_use]
pub fn trace_of(traceparent: &str) -> &str {
    let trace = traceparent.split('-').nth(1).unwrap_or_default();
    let hexadecimal = trace.len() == 32 && trace.bytes().all(|digit| digit.is_ascii_hexdigit());
    if hexadecimal { trace } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_found_or_nothing_is_claimed() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(trace_of(&format!("00-{trace}-b7ad6b7169203331-01")), trace);
        for text in ["", "00", "00-xyz-1-01", "00-é-1-1"] {
            assert_eq!(trace_of(text), "");
        }
    }
}
