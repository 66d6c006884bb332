//! The numbers under which scripts and hashes know the domain's words. They are those of
//! `strowger.presence.v1`, because the scripts write its events.

use crate::domain::{Kind, Mode, Order, Pass, Phase, Source, State, Strategy};

/// A word of the domain that has a number.
pub(crate) trait Code: Copy + PartialEq + 'static {
    const ALL: &'static [(Self, u8)];

    fn code(self) -> u8 {
        let found = Self::ALL.iter().find(|(word, _)| *word == self);
        found.map_or(0, |(_, code)| *code)
    }

    fn from_code(text: &str) -> Option<Self> {
        let code: u8 = text.parse().ok()?;
        Self::ALL
            .iter()
            .find(|(_, known)| *known == code)
            .map(|(word, _)| *word)
    }
}

macro_rules! codes {
    ($($word:ty { $($variant:ident = $code:literal),+ $(,)? })+) => {
        $(impl Code for $word {
            const ALL: &'static [(Self, u8)] = &[$((Self::$variant, $code)),+];
        })+
    };
}

codes! {
    Mode { Available = 1, Busy = 2, Away = 3, DoNotDisturb = 4, Lunch = 5, BusinessTrip = 6, OffWork = 7 }
    Source { Person = 1, Schedule = 2, Admin = 3, System = 4 }
    State {
        Offline = 1, Available = 2, Busy = 3, Away = 4, DoNotDisturb = 5, Ringing = 6, OnACall = 7,
        WrapUp = 8, OffWork = 9,
    }
    Phase { Offered = 1, OnCall = 2 }
    Strategy { LongestIdle = 1, RoundRobin = 2, LeastCalls = 3, Linear = 4, Random = 5 }
    Kind { Exclusive = 1, Shared = 2 }
    Order { Listed = 1, LongestIdle = 2, LeastRecentlyOffered = 3 }
    Pass { Declined = 1, Missed = 2, Unreachable = 3 }
}
