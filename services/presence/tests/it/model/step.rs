//! What may happen in a story. People, devices, queues and calls are numbers into the world's
//! small lists, so that everything meets everything.

use presence::domain::{Kind, Mode, Order, Pass};
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Time passes, and nothing looks.
    Wait {
        ms: u64,
    },
    Tick {
        person: usize,
    },
    Heartbeat {
        person: usize,
        device: usize,
        seconds: u64,
    },
    SetMode {
        person: usize,
        mode: Mode,
        until_ms: Option<u64>,
        by_admin: bool,
    },
    NextMode {
        person: usize,
        mode: Option<Mode>,
    },
    EndWrapUp {
        person: usize,
    },
    ReturnToReady {
        person: usize,
    },
    LogIn {
        person: usize,
        queue: usize,
        joins: bool,
    },
    Reserve {
        queue: usize,
        call: usize,
        seconds: u64,
        avoid: Vec<usize>,
    },
    Offer {
        call: usize,
        kind: Kind,
        people: Vec<usize>,
        limit: u32,
        order: Order,
        seconds: u64,
    },
    Answer {
        call: usize,
        person: usize,
        token: Knows,
        losers: Vec<usize>,
        seconds: u64,
    },
    Decline {
        call: usize,
        person: usize,
        token: Knows,
        pass: Pass,
        max_misses: u32,
    },
    Withdraw {
        call: usize,
        people: Vec<usize>,
    },
    Renew {
        person: usize,
        call: usize,
        token: Knows,
        seconds: u64,
    },
    Release {
        call: usize,
        person: usize,
        token: Knows,
        wrap_up_ms: u64,
        queue: Option<usize>,
    },
    /// The plan changes: the person is in these queues, tier and dynamic, and perhaps suspended.
    Enroll {
        person: usize,
        queues: Vec<(usize, u8, bool)>,
        devices: usize,
        suspended: bool,
    },
    Dismiss {
        person: usize,
    },
    /// The last operation with a memory is repeated, as a client does that lost the answer.
    Repeat,
}

/// Which token a caller has: mostly the right one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Knows {
    Current,
    Older,
    Newer,
}

pub(super) const PEOPLE: usize = 3;
pub(super) const DEVICES: usize = 2;
pub(super) const QUEUES: usize = 2;
pub(super) const CALLS: usize = 3;

impl Arbitrary for Step {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        let person = || 0..PEOPLE;
        let people = || {
            prop::sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), 0..=PEOPLE).prop_shuffle()
        };
        let some = || {
            prop::sample::subsequence((0..PEOPLE).collect::<Vec<_>>(), 1..=PEOPLE).prop_shuffle()
        };
        let (queue, call) = (|| 0..QUEUES, || 0..CALLS);
        let seconds = || prop::sample::select(vec![1_u64, 5, 30, 120]);
        let place = (queue(), 1..4_u8, any::<bool>());
        let places = prop::collection::vec(place, 0..3).prop_map(|mut places| {
            places.sort_unstable();
            places.dedup_by_key(|(queue, ..)| *queue);
            places
        });
        prop_oneof![
            4 => prop::sample::select(vec![0, 1, 900, 1_000, 10_000, 45_000, 200_000]).prop_map(|ms| Step::Wait { ms }),
            2 => person().prop_map(|person| Step::Tick { person }),
            6 => (person(), 0..DEVICES + 1, seconds())
                .prop_map(|(person, device, seconds)| Step::Heartbeat { person, device, seconds }),
            2 => (person(), mode(), prop::option::weighted(0.3, 1..60_000_u64), any::<bool>())
                .prop_map(|(person, mode, until_ms, by_admin)| Step::SetMode { person, mode, until_ms, by_admin }),
            2 => (person(), prop::option::weighted(0.8, mode()))
                .prop_map(|(person, mode)| Step::NextMode { person, mode }),
            1 => person().prop_map(|person| Step::EndWrapUp { person }),
            3 => person().prop_map(|person| Step::ReturnToReady { person }),
            2 => (person(), queue(), any::<bool>())
                .prop_map(|(person, queue, joins)| Step::LogIn { person, queue, joins }),
            5 => (queue(), call(), seconds(), people())
                .prop_map(|(queue, call, seconds, avoid)| Step::Reserve { queue, call, seconds, avoid }),
            5 => (call(), kind(), some(), 0..3_u32, order(), seconds())
                .prop_map(|(call, kind, people, limit, order, seconds)| {
                    Step::Offer { call, kind, people, limit, order, seconds }
                }),
            6 => (call(), person(), knows(), people(), seconds())
                .prop_map(|(call, person, token, losers, seconds)| {
                    Step::Answer { call, person, token, losers, seconds }
                }),
            5 => (call(), person(), knows(), pass(), prop::sample::select(vec![0, 1, 1, 2]))
                .prop_map(|(call, person, token, pass, max_misses)| {
                    Step::Decline { call, person, token, pass, max_misses }
                }),
            2 => (call(), people()).prop_map(|(call, people)| Step::Withdraw { call, people }),
            2 => (person(), call(), knows(), seconds())
                .prop_map(|(person, call, token, seconds)| Step::Renew { person, call, token, seconds }),
            4 => (call(), person(), knows(), prop::sample::select(vec![0, 500, 10_000]), prop::option::of(queue()))
                .prop_map(|(call, person, token, wrap_up_ms, queue)| {
                    Step::Release { call, person, token, wrap_up_ms, queue }
                }),
            2 => (person(), places, 0..=DEVICES, prop::bool::weighted(0.3))
                .prop_map(|(person, queues, devices, suspended)| {
                    Step::Enroll { person, queues, devices, suspended }
                }),
            1 => person().prop_map(|person| Step::Dismiss { person }),
            3 => Just(Step::Repeat),
        ]
        .boxed()
    }
}

fn mode() -> impl Strategy<Value = Mode> {
    // AVAILABLE is what makes the other things possible.
    prop_oneof![
        4 => Just(Mode::Available),
        3 => prop::sample::select(vec![
            Mode::Busy, Mode::Away, Mode::DoNotDisturb, Mode::Lunch, Mode::BusinessTrip, Mode::OffWork,
        ]),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Exclusive, Kind::Shared])
}

fn order() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![
        Order::Listed,
        Order::LongestIdle,
        Order::LeastRecentlyOffered,
    ])
}

fn pass() -> impl Strategy<Value = Pass> {
    prop::sample::select(vec![
        Pass::Declined,
        Pass::Missed,
        Pass::Missed,
        Pass::Unreachable,
    ])
}

fn knows() -> impl Strategy<Value = Knows> {
    prop_oneof![8 => Just(Knows::Current), 1 => Just(Knows::Older), 1 => Just(Knows::Newer)]
}
