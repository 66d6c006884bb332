//! What directory keeps of a company.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ids::AccountId;

use super::phone::Country;

/// A company, as far as its plan depends on it. Identity owns the account; this is a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// Rises with every change of the configuration.
    pub plan_version: i64,
    /// Whether it is suspended: no call is taken.
    pub suspended: bool,
    /// Where its clocks hang.
    pub time_zone: Tz,
    /// How its national numbers are read.
    pub country: Country,
    /// When the copy was compared with identity last.
    pub checked: DateTime<Utc>,
}
