//! Seats (ID-9): people take them, numbers do not.

/// How many people the plan allows, and how many are INVITED or ACTIVE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatUsage {
    /// Seats of the plan.
    pub seats: u32,
    /// Seats taken.
    pub used: u32,
}

/// Somebody would be left standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} of {} seats are taken", .0.used, .0.seats)]
pub struct SeatsExhausted(pub SeatUsage);

impl SeatUsage {
    /// The most seats a plan can have.
    pub const MAX: u32 = 1_000_000;

    /// One more person sits down.
    pub fn take(self) -> Result<Self, SeatsExhausted> {
        if self.used < self.seats {
            Ok(Self {
                used: self.used + 1,
                ..self
            })
        } else {
            Err(SeatsExhausted(self))
        }
    }

    /// A larger or smaller plan, which must still seat everybody.
    pub fn resize(self, seats: u32) -> Result<Self, SeatsExhausted> {
        if self.used <= seats {
            Ok(Self { seats, ..self })
        } else {
            Err(SeatsExhausted(self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seat_can_be_taken_and_no_more() {
        let full = SeatUsage { seats: 2, used: 1 }.take();
        assert_eq!(full, Ok(SeatUsage { seats: 2, used: 2 }));
        let usage = SeatUsage { seats: 2, used: 2 };
        assert_eq!(usage.take(), Err(SeatsExhausted(usage)));
    }

    #[test]
    fn a_plan_shrinks_only_to_what_is_in_use() {
        let usage = SeatUsage { seats: 10, used: 6 };
        assert_eq!(usage.resize(6), Ok(SeatUsage { seats: 6, used: 6 }));
        assert_eq!(usage.resize(5), Err(SeatsExhausted(usage)));
    }
}
