//! What identity says of the people of a split.

use super::outlook::Obstacle;

/// The shared identity, as identity sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// Whether the account is its.
    pub owner: bool,
    /// Whether it is an administrator.
    pub admin: bool,
}

/// Where somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Has not accepted yet.
    Invited,
    /// Is there.
    Active,
    /// May not come.
    Suspended,
    /// Has left for good.
    Deactivated,
}

/// The seats of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// All.
    pub seats: u32,
    /// Taken.
    pub used: u32,
}

/// Why identity would not invite somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// What is wrong with them.
    Profile(Vec<String>),
    /// Somebody has the login.
    EmailTaken,
    /// There is no seat for them.
    SeatsExhausted,
}

/// Everything that identity was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Of the shared identity.
    pub standing: Standing,
    /// Of the account.
    pub seats: Seats,
    /// Of each of the people, in their order.
    pub people: Vec<Option<Refusal>>,
}

impl Seats {
    /// How many are free.
    #[must_use]
    pub const fn free(self) -> u32 {
        self.seats.saturating_sub(self.used)
    }
}

impl Standing {
    /// How many seats come free when it goes.
    #[must_use]
    pub const fn seats(self) -> u32 {
        match self.state {
            State::Invited | State::Active => 1,
            State::Suspended | State::Deactivated => 0,
        }
    }
}

impl Said {
    /// What of it stands in the way of somebody who is, or is not, the owner of the account.
    #[must_use]
    pub fn obstacles(&self, by_owner: bool) -> Vec<Obstacle> {
        let rank = if self.standing.owner {
            Some(Obstacle::OwnerRequired)
        } else {
            (self.standing.admin && !by_owner).then_some(Obstacle::GrantForbidden)
        };
        let needed = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
        let free = self.seats.free();
        let seats = (needed > free).then_some(Obstacle::SeatsExhausted { needed, free });
        let people = self.people.iter().enumerate();
        let people = people.filter_map(|(index, refusal)| match refusal.as_ref()? {
            Refusal::Profile(problems) => Some(Obstacle::Profile(index, problems.join("; "))),
            Refusal::EmailTaken => Some(Obstacle::EmailTaken(index)),
            // Said once, of all of them.
            Refusal::SeatsExhausted => None,
        });
        rank.into_iter().chain(seats).chain(people).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_new_person_needs_a_seat_before_the_shared_identity_gives_up_its_own() {
        let said = |used, people| Said {
            standing: Standing {
                state: State::Active,
                owner: false,
                admin: true,
            },
            seats: Seats { seats: 10, used },
            people,
        };
        assert_eq!(said(7, vec![None; 3]).obstacles(true), []);
        assert_eq!(
            said(7, vec![None; 3]).obstacles(false),
            [Obstacle::GrantForbidden]
        );
        let refused = vec![
            None,
            Some(Refusal::EmailTaken),
            Some(Refusal::SeatsExhausted),
        ];
        let seats = Obstacle::SeatsExhausted { needed: 3, free: 2 };
        assert_eq!(
            said(8, refused).obstacles(true),
            [seats, Obstacle::EmailTaken(1)]
        );
    }
}
