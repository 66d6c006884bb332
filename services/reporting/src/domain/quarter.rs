//! Quarter-hours: the grain of every statistic.

use chrono::{DateTime, DurationRound, NaiveDate, NaiveTime, TimeDelta, Utc};

/// How long one is.
pub const LENGTH: TimeDelta = TimeDelta::minutes(15);

/// The longest span that is counted. A person who was away for longer counts from here on; what
/// lies before is outside every query, which reaches over [`SPAN_MAX`] too.
pub const SPAN_MAX: TimeDelta = TimeDelta::days(400);

/// A quarter-hour of UTC, by its start. Every time zone in use is a whole number of them away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(DateTime<Utc>);

impl Quarter {
    /// The one that `at` is in: `at` rounded down.
    #[must_use]
    pub fn of(at: DateTime<Utc>) -> Self {
        // Fails only in years that chrono has no nanoseconds for; there the time itself will do.
        Self(at.duration_trunc(LENGTH).unwrap_or(at))
    }

    /// `at` rounded up: `at` itself if one starts there, else the start of the next.
    #[must_use]
    pub fn not_before(at: DateTime<Utc>) -> Self {
        let this = Self::of(at);
        if this.0 == at { this } else { this.next() }
    }

    /// Its first moment.
    #[must_use]
    pub const fn start(self) -> DateTime<Utc> {
        self.0
    }

    fn next(self) -> Self {
        Self(self.0 + LENGTH)
    }
}

/// A span of time, cut at the quarter-hours.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// How much of each quarter-hour it covers.
    pub quarters: Vec<(Quarter, TimeDelta)>,
    /// Whole days in its middle, which are not cut: a month offline is thirty rows, not 2880.
    pub days: Vec<NaiveDate>,
}

/// Cuts the time from `start` to `end`; nothing if they are the wrong way round.
#[must_use]
pub fn cut(start: DateTime<Utc>, end: DateTime<Utc>) -> Pieces {
    let mut pieces = Pieces::default();
    let mut cursor = start.max(end - SPAN_MAX);
    while cursor < end {
        let day_end = cursor + TimeDelta::days(1);
        if cursor.time() == NaiveTime::MIN && day_end <= end {
            pieces.days.push(cursor.date_naive());
            cursor = day_end;
        } else {
            let quarter = Quarter::of(cursor);
            let piece_end = quarter.next().start().min(end);
            pieces.quarters.push((quarter, piece_end - cursor));
            cursor = piece_end;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn rounds_both_ways() {
        let inside = at("2026-03-01T10:22:07.5Z");
        assert_eq!(Quarter::of(inside).start(), at("2026-03-01T10:15:00Z"));
        assert_eq!(
            Quarter::not_before(inside).start(),
            at("2026-03-01T10:30:00Z")
        );
        let edge = at("2026-03-01T10:30:00Z");
        assert_eq!(Quarter::of(edge), Quarter::not_before(edge));
        assert_eq!(
            Quarter::of(at("1969-12-31T23:59:59Z")).start(),
            at("1969-12-31T23:45:00Z")
        );
    }

    #[test]
    fn a_span_is_cut_where_quarters_and_days_meet() {
        let pieces = cut(at("2026-03-01T23:50:00Z"), at("2026-03-04T00:20:00Z"));
        assert_eq!(
            pieces.days,
            [at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z")].map(|day| day.date_naive())
        );
        let quarters: Vec<_> = pieces
            .quarters
            .iter()
            .map(|(quarter, length)| (quarter.start(), length.num_minutes()))
            .collect();
        assert_eq!(
            quarters,
            [
                (at("2026-03-01T23:45:00Z"), 10),
                (at("2026-03-04T00:00:00Z"), 15),
                (at("2026-03-04T00:15:00Z"), 5)
            ]
        );
    }

    #[test]
    fn nothing_is_cut_from_a_span_that_ends_before_it_starts() {
        let noon = at("2026-03-01T12:00:00Z");
        assert_eq!(cut(noon, noon), Pieces::default());
        assert_eq!(cut(noon + LENGTH, noon), Pieces::default());
    }

    #[test]
    fn a_span_from_1970_is_bounded() {
        let pieces = cut(DateTime::UNIX_EPOCH, at("2026-03-01T12:00:00Z"));
        assert!(pieces.days.len() <= 400 && pieces.quarters.len() < 200);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_whole(start in 0_i64..4_000_000_000, length in 0_i64..30_000_000) {
            let start = DateTime::from_timestamp_millis(1_700_000_000_000 + start).unwrap();
            let end = start + TimeDelta::milliseconds(length * 10);
            let pieces = cut(start, end);
            let quarters: TimeDelta = pieces.quarters.iter().map(|(_, length)| *length).sum();
            let days = TimeDelta::days(pieces.days.len() as i64);
            prop_assert_eq!(quarters + days, end - start);
            prop_assert!(pieces.quarters.iter().all(|(_, length)| *length <= LENGTH));
        }
    }
}
