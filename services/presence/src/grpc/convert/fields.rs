use std::{collections::BTreeSet, fmt::Display, str::FromStr, time::Duration};

use api::access::v1::ErrorReason;
use chrono::{DateTime, Utc};
use fault::{At, Fault, Violations};
use ids::UserId;

/// Reads the fields of a request and collects what is wrong with them.
#[derive(Debug, Default)]
pub(in crate::grpc) struct Fields(Violations);

/// The shortest and the longest lease.
const LEASE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(180));
const LONGEST_WRAP_UP: Duration = Duration::from_secs(3600);
const LONGEST_OPERATION: usize = 100;

impl Fields {
    pub(in crate::grpc) fn root(&mut self) -> At<'_> {
        self.0.root()
    }

    /// An id, or any other text with a form.
    pub(in crate::grpc) fn parse<T>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T: FromStr<Err: Display>,
    {
        self.root().parse(field, text)
    }

    /// The same, where an empty text means none.
    pub(in crate::grpc) fn parse_optional<T>(
        &mut self,
        field: &str,
        text: &str,
    ) -> Option<Option<T>>
    where
        T: FromStr<Err: Display>,
    {
        if text.is_empty() {
            Some(None)
        } else {
            self.parse(field, text).map(Some)
        }
    }

    /// An idempotency key of a platform service.
    pub(in crate::grpc) fn operation<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let length = (1..=LONGEST_OPERATION).contains(&text.len());
        let fits = length && text.bytes().all(|byte| byte.is_ascii_graphic());
        let must = format!("must be 1 to {LONGEST_OPERATION} visible ASCII characters");
        self.root().must(fits, "operation_id", must).then_some(text)
    }

    /// How long something stands.
    pub(in crate::grpc) fn lease(
        &mut self,
        duration: Option<prost_types::Duration>,
    ) -> Option<Duration> {
        let given = self.root().required("lease", duration)?;
        let lease = span(given);
        let fits = lease.filter(|lease| (LEASE.0..=LEASE.1).contains(lease));
        if fits.is_none() {
            self.root().field("lease", "must be 1 s to 180 s");
        }
        fits
    }

    /// A rest after a call; missing means none.
    pub(in crate::grpc) fn wrap_up(
        &mut self,
        duration: Option<prost_types::Duration>,
    ) -> Option<Duration> {
        let rest = span(duration.unwrap_or_default());
        let fits = rest.filter(|rest| *rest <= LONGEST_WRAP_UP);
        if fits.is_none() {
            self.root().field("wrap_up", "must be 0 s to 1 h");
        }
        fits
    }

    /// When something ends; missing means never.
    pub(in crate::grpc) fn until(
        &mut self,
        time: Option<prost_types::Timestamp>,
        now: DateTime<Utc>,
    ) -> Option<Option<DateTime<Utc>>> {
        let Some(time) = time else { return Some(None) };
        let nanos = u32::try_from(time.nanos).ok();
        let until = nanos.and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos));
        let fits =
            until.filter(|until| *until > now && *until <= now + chrono::TimeDelta::days(366));
        if fits.is_none() {
            self.root()
                .field("until", "must be ahead, by at most 366 days");
        }
        fits.map(Some)
    }

    /// People, at most `most`, each once.
    pub(in crate::grpc) fn people(
        &mut self,
        field: &str,
        texts: &[String],
        least: usize,
        most: usize,
    ) -> Option<Vec<UserId>> {
        if !(least..=most).contains(&texts.len()) {
            self.root()
                .field(field, format!("must have {least} to {most} entries"));
            return None;
        }
        let mut seen = BTreeSet::new();
        let mut people = Vec::with_capacity(texts.len());
        for (index, text) in texts.iter().enumerate() {
            let mut root = self.root();
            let mut entry = root.index(field, index);
            match text.parse::<UserId>() {
                Ok(person) if seen.insert(person) => people.push(person),
                Ok(_) => entry.here("must not be there twice"),
                Err(error) => entry.here(error),
            }
        }
        (people.len() == texts.len()).then_some(people)
    }

    /// A number of a proto enum, of which some values are not allowed here.
    pub(in crate::grpc) fn word<E, T>(
        &mut self,
        field: &str,
        number: i32,
        allowed: impl Fn(E) -> Option<T>,
    ) -> Option<T>
    where
        E: TryFrom<i32>,
    {
        let word = E::try_from(number).ok().and_then(allowed);
        if word.is_none() {
            self.root()
                .field(field, "must be one of the values that are allowed here");
        }
        word
    }

    /// What was read, unless something was wrong.
    pub(in crate::grpc) fn finish<T>(self, made: Option<T>) -> Result<T, Fault> {
        self.0.finish(ErrorReason::FieldsInvalid, made)
    }
}

/// A length of time, unless it is negative. Looked at before it is converted:
/// prost negates what is negative, and the lowest number has no opposite.
fn span(given: prost_types::Duration) -> Option<Duration> {
    (given.seconds >= 0)
        .then(|| given.try_into().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_durations_are_refused() {
        let duration = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
        for bad in [
            None,
            duration(0, 0),
            duration(0, 999_999_999),
            duration(180, 1),
            duration(-1, 0),
            duration(1, -1_500_000_000),
            duration(i64::MAX, i32::MAX),
            duration(i64::MIN, i32::MIN),
        ] {
            assert_eq!(Fields::default().lease(bad), None, "{bad:?}");
        }
        assert_eq!(
            Fields::default().lease(duration(15, 0)),
            Some(Duration::from_secs(15))
        );
        assert_eq!(Fields::default().wrap_up(None), Some(Duration::ZERO));
        assert_eq!(Fields::default().wrap_up(duration(-1, 0)), None);
    }

    #[test]
    fn a_list_names_the_entry_that_is_wrong() {
        let person = UserId::generate().to_string();
        let mut fields = Fields::default();
        let texts = [person.clone(), "usr_x".to_owned(), person];
        assert_eq!(fields.people("person_ids", &texts, 1, 100), None);
        let fault = fields.finish(None::<()>).unwrap_err();
        let wrong: Vec<_> = fault
            .violations()
            .iter()
            .map(|wrong| wrong.field.as_str())
            .collect();
        assert_eq!(wrong, ["person_ids[1]", "person_ids[2]"]);
    }
}
