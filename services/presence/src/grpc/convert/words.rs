//! One word per thing on both sides.

use api::presence::v1;

use crate::domain::{Cause, Kind, Mode, Order, Pass, Phase, Source, State};

/// Both directions between a domain enum and a proto enum whose first value is "unspecified".
macro_rules! words {
    ($($domain:ty = $wire:ty { $($word:ident),+ $(,)? })+) => {
        $(
            impl From<$domain> for $wire {
                fn from(word: $domain) -> Self {
                    match word {
                        $(<$domain>::$word => Self::$word,)+
                    }
                }
            }

            impl TryFrom<$wire> for $domain {
                type Error = ();

                fn try_from(word: $wire) -> Result<Self, ()> {
                    match word {
                        $(<$wire>::$word => Ok(Self::$word),)+
                        <$wire>::Unspecified => Err(()),
                    }
                }
            }
        )+
    };
}

words! {
    Mode = v1::Mode { Available, Busy, Away, DoNotDisturb, Lunch, BusinessTrip, OffWork }
    Source = v1::ModeSource { Person, Schedule, Admin, System }
    State = v1::State {
        Offline, Available, Busy, Away, DoNotDisturb, Ringing, OnACall, WrapUp, OffWork,
    }
    Phase = v1::LockPhase { Offered, OnCall }
    Kind = v1::OfferKind { Exclusive, Shared }
    Order = v1::OfferOrder { Listed, LongestIdle, LeastRecentlyOffered }
    Pass = v1::DeclineReason { Declined, Missed, Unreachable }
    Cause = v1::Cause {
        Connected, Disconnected, ModeSet, ModeEnded, Offered, Answered, Declined, Missed,
        Withdrawn, Released, WrapUpEnded, LockExpired, NotResponding, Returned, Membership,
    }
}
