use ids::QueueId;

/// Who of a queue's free people gets the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Whose last call ended longest ago.
    LongestIdle,
    /// In turn.
    RoundRobin,
    /// Who answered the fewest calls today.
    LeastCalls,
    /// In list order.
    Linear,
    /// By lot.
    Random,
}

/// A place in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Membership {
    /// Which queue.
    pub queue: QueueId,
    /// Lower tiers get calls first; 1 to 9.
    pub tier: u8,
    /// Whether the person logs in and out; otherwise they are always logged in.
    pub dynamic: bool,
    /// The queue's, kept with each member so that a person's score needs no second look.
    pub strategy: Strategy,
    /// The place in the queue's list.
    pub order: u16,
}
