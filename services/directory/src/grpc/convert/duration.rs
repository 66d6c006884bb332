use fault::At;

use crate::domain::span::Span;

/// A duration within `span`; its default when missing. `None` has been reported.
pub(super) fn read(
    at: &mut At<'_>,
    field: &str,
    value: Option<prost_types::Duration>,
    span: Span,
) -> Option<std::time::Duration> {
    let Some(value) = value else {
        return Some(span.default());
    };
    // prost's own conversion carries excess nanoseconds over; the wire format forbids them.
    let well_formed = (0..1_000_000_000).contains(&value.nanos) && value.seconds >= 0;
    if !well_formed {
        at.field(
            field,
            "must be a positive duration with nanos of 0 to 999999999",
        );
        return None;
    }
    let length = std::time::Duration::new(value.seconds.unsigned_abs(), value.nanos.unsigned_abs());
    at.accept(field, span.check(length))
}

/// A duration for clients.
pub(super) fn message(length: std::time::Duration) -> Option<prost_types::Duration> {
    // No span is anywhere near the limit of the message.
    prost_types::Duration::try_from(length).ok()
}

#[cfg(test)]
mod tests {
    use fault::Violations;

    use super::*;

    const RING: Span = Span::seconds(5, 120, 20);

    fn read_one(seconds: i64, nanos: i32) -> Option<std::time::Duration> {
        let mut violations = Violations::new();
        let value = prost_types::Duration { seconds, nanos };
        let length = read(&mut violations.root(), "ring_timeout", Some(value), RING);
        assert_eq!(length.is_none(), !violations.is_empty());
        length
    }

    #[test]
    fn only_well_formed_durations_within_the_span() {
        assert_eq!(read_one(5, 0), Some(std::time::Duration::from_secs(5)));
        assert_eq!(
            read_one(7, 500_000_000),
            Some(std::time::Duration::from_millis(7500))
        );
        for (seconds, nanos) in [
            (4, 999_999_999),
            (121, 0),
            (-20, 0),
            (20, -1),
            (20, 1_000_000_000),
            (i64::MAX, 0),
            (i64::MIN, i32::MIN),
            (315_576_000_000, 0),
            (19, i32::MAX),
            (20, 1),
        ] {
            assert_eq!(read_one(seconds, nanos), None, "{seconds} s {nanos} ns");
        }
        assert_eq!(
            read(&mut Violations::new().root(), "f", None, RING),
            Some(RING.default())
        );
    }
}
