//! The scripts, each with the preludes it stands on.

use std::sync::LazyLock;

use live::{Script, prelude};

/// In this order: each uses those before it.
const PRELUDES: &[&str] = &[
    prelude::CORE,
    prelude::PROTOBUF,
    prelude::EVENT,
    prelude::TIMER,
    include_str!("../../lua/prelude/partition.lua"),
    include_str!("../../lua/prelude/epoch.lua"),
    include_str!("../../lua/prelude/person.lua"),
    include_str!("../../lua/prelude/change.lua"),
    include_str!("../../lua/prelude/index.lua"),
    include_str!("../../lua/prelude/commit.lua"),
    include_str!("../../lua/prelude/place.lua"),
];

macro_rules! scripts {
    ($($name:ident = $file:literal,)+) => {
        $(
            pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
                let body = include_str!(concat!("../../lua/", $file, ".lua"));
                Script::with_prelude(concat!("presence.", $file), PRELUDES, body)
            });
        )+
    };
}

scripts! {
    ANSWER = "answer",
    DECLINE = "decline",
    DISMISS = "dismiss",
    END_WRAP_UP = "end_wrap_up",
    ENROLL = "enroll",
    HEARTBEAT = "heartbeat",
    LOG_IN = "log_in",
    OFFER = "offer",
    OPEN = "open",
    PLAN_BEGIN = "plan_begin",
    PLAN_END = "plan_end",
    RELEASE = "release",
    RENEW = "renew",
    RESERVE = "reserve",
    RETURN_TO_READY = "return_to_ready",
    SET_MODE = "set_mode",
    TICK = "tick",
    WITHDRAW = "withdraw",
}
