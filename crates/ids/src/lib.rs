//! Every id in Strowger: one newtype per kind of thing, one registry of prefixes.
//!
//! An id is a [TypeID](https://github.com/jetify-com/typeid/tree/main/spec): a prefix that
//! says what it names, `_`, and the 26 base32 characters of a UUIDv7, such as
//! `call_01jd3k8v6zf5q9w2x4y7t0abcd`. It sorts by creation time, can be read over the phone,
//! and one kind never passes for another: parsing refuses a wrong prefix, upper case and any
//! other length.
//!
//! The sixteen bytes of a [`CallId`] are also the id of the call's trace.
//!
//! This crate never looks anything up, and an id never proves that what it names exists.
//!
//! To add a kind, add one line to the registry below; the prefix must be new and is for ever.

mod base32;
mod error;
mod request;
mod typed;

pub use error::{Cause, IdError};
pub use request::{RequestId, RequestIdError};

typed::registry! {
    /// A customer's company: the tenant.
    AccountId = "acc",
    /// A person in an account.
    UserId = "usr",
    /// A short internal number that can be dialled.
    ExtensionId = "ext",
    /// A public telephone number.
    NumberId = "num",
    /// A phone or app that can ring.
    DeviceId = "dev",
    /// A group of people, the scope of a supervisor.
    GroupId = "grp",
    /// People who ring together or in turn.
    RingGroupId = "rgr",
    /// A waiting line with members.
    QueueId = "que",
    /// A spoken menu.
    MenuId = "men",
    /// Opening hours and holidays.
    ScheduleId = "sch",
    /// A shared identity that is being split into people.
    SplitId = "spl",
    /// A planned span of work of one person.
    ShiftId = "shf",
    /// A call from arrival to the last hang-up; its bytes are its trace id.
    CallId = "call",
    /// One party's part in a call.
    LegId = "leg",
    /// A signed-in session of a person.
    SessionId = "ses",
    /// A service's credential.
    ServiceKeyId = "key",
    /// One event on the bus.
    EventId = "evt",
    /// A media edge that carries calls.
    EdgeId = "edg",
    /// An invitation to join an account.
    InvitationId = "inv",
    /// A sign-in that waits for its second factor.
    ChallengeId = "chl",
    /// The right to replace a forgotten password.
    PasswordResetId = "pwr",
    /// A mail that is to be sent.
    DeliveryId = "dlv",
    /// A recorded message.
    VoicemailId = "vml",
    /// A running process of a service.
    ReplicaId = "rep",
    /// A role of a company's own.
    RoleId = "rol",
    /// A permission given to somebody for something.
    GrantId = "gra",
    /// One attempt to bring a call to somebody.
    OfferId = "off",
}
