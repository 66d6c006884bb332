//! The months that tables are kept by.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use ids::CallId;
use sea_orm::ConnectionTrait;
use store::Store;

use super::statement;
use crate::{
    domain::fold::{Event, Fact},
    domain::quarter::SPAN_MAX,
    error::Error,
};

/// A month of UTC, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that `at` is in.
    #[must_use]
    pub fn of(at: DateTime<Utc>) -> Self {
        Self::of_day(at.date_naive())
    }

    fn of_day(day: NaiveDate) -> Self {
        Self(day - Days::new(u64::from(day.day0())))
    }

    fn next(self) -> Self {
        Self(self.0 + Months::new(1))
    }
}

/// When a call was made: the first six bytes of its id.
#[must_use]
pub fn made(call: CallId) -> DateTime<Utc> {
    let (high, _) = call.uuid().as_u64_pair();
    // 48 bits: always positive, and within what chrono can say.
    DateTime::from_timestamp_millis((high >> 16) as i64).unwrap_or_default()
}

/// Remembers which months are open, so that a batch asks Postgres about new ones only.
#[derive(Debug, Default)]
pub struct OpenMonths(BTreeSet<Month>);

impl OpenMonths {
    /// Opens what is needed now and next, well before it is.
    pub async fn open_ahead(&mut self, store: &Store, now: DateTime<Utc>) -> Result<(), Error> {
        let this = Month::of(now);
        self.open(store, BTreeSet::from([this, this.next()])).await
    }

    /// Opens what the rows of these events need.
    pub async fn open_for(&mut self, store: &Store, events: &[Event]) -> Result<(), Error> {
        self.open(store, events.iter().flat_map(months_of).collect())
            .await
    }

    async fn open(&mut self, store: &Store, months: BTreeSet<Month>) -> Result<(), Error> {
        for month in months {
            if !self.0.contains(&month) {
                store
                    .execute_raw(statement("SELECT open_month($1)", [month.0.into()]))
                    .await?;
                self.0.insert(month);
            }
        }
        Ok(())
    }
}

fn months_of(event: &Event) -> impl Iterator<Item = Month> + use<> {
    let at = event.origin.at;
    let also = match &event.fact {
        Fact::Call(call, _) => Some(made(*call)),
        // The state that ended is counted from its begin.
        Fact::Person(_, change) => change.since.map(|since| since.clamp(at - SPAN_MAX, at)),
        Fact::Change(_) => None,
    };
    [Some(at), also].into_iter().flatten().map(Month::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_says_when_it_was_made() {
        let call: CallId = "call_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(made(call).to_rfc3339(), "2023-06-30T03:34:18.518+00:00");
        let day = NaiveDate::from_ymd_opt(2023, 6, 1).unwrap();
        assert_eq!(Month::of(made(call)), Month(day));
        assert_eq!(
            Month(day).next().next(),
            Month(NaiveDate::from_ymd_opt(2023, 8, 1).unwrap())
        );
    }
}
