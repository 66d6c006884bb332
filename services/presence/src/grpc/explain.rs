//! Why somebody is busy, in words.

use crate::domain::{Mode, Person, Phase};

/// One sentence for colleagues and support.
pub(super) fn explain(person: &Person) -> String {
    if let Some(lock) = person.lock {
        let since = lock.since.format("%H:%M:%S UTC");
        return match lock.phase {
            Phase::OnCall => format!("on {} since {since}", lock.call),
            Phase::Offered => format!("reserved for {} since {since}, ringing", lock.call),
        };
    }
    if let Some(rest) = person.wrap_up {
        return format!(
            "wrapping up {} until {}",
            rest.call,
            rest.until.format("%H:%M:%S UTC")
        );
    }
    if person.devices.is_empty() {
        return "free, but no device has a live heartbeat".to_owned();
    }
    if !person.offers.is_empty() {
        return format!("free; {} shared offers ring", person.offers.len());
    }
    if person.not_responding {
        return "free, but not responding: too many offers in a row were missed".to_owned();
    }
    match person.choice.mode {
        Mode::Available => "free".to_owned(),
        Mode::Busy => "free for direct calls, not for queues: chose BUSY".to_owned(),
        _ => "free, but the chosen mode lets no call through".to_owned(),
    }
}
