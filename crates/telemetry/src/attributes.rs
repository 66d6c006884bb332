//! Attribute names, the same in spans, metrics and dashboards.
//!
//! Ids are written as TypeIDs (`call_01h…`), so that what Jaeger shows can be
//! pasted into `strowger call show`. Nothing here may ever hold a phone number,
//! a name, a token or a message: traces leave the tenant's boundary.

/// The service that handled the span, for meshes that share one process.
pub const SERVICE: &str = "strowger.service";
/// The account the caller acts in.
pub const ACCOUNT: &str = "strowger.account.id";
/// Who acts: a `usr_…`, `key_…` or `edg_…`.
pub const SUBJECT: &str = "strowger.subject.id";
/// The call a span is about; equal to its trace id in another notation.
pub const CALL: &str = "strowger.call.id";
/// One leg of a call.
pub const LEG: &str = "strowger.leg.id";
/// The person an operation is about, not necessarily the one who acts.
pub const USER: &str = "strowger.user.id";
/// A queue.
pub const QUEUE: &str = "strowger.queue.id";
/// An offer to one person.
pub const OFFER: &str = "strowger.offer.id";
/// An edge.
pub const EDGE: &str = "strowger.edge.id";
/// How a call ended.
pub const OUTCOME: &str = "strowger.call.outcome";
/// A Redis partition.
pub const PARTITION: &str = "strowger.partition";
/// The script or statement of a data access.
pub const OPERATION: &str = "db.operation.name";
/// `redis` or `postgresql`.
pub const DATABASE: &str = "db.system.name";
/// Full gRPC method, `strowger.routing.v1.CallService/PlaceCall`.
pub const METHOD: &str = "rpc.method";
/// Numeric gRPC status as text, `OK`, `NOT_FOUND`…
pub const STATUS: &str = "rpc.response.status_code";
