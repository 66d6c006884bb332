//! The wire: requests become commands, answers become messages, nothing else happens here.
//!
//! One file per service of the proto; [`convert`] knows the messages.

mod access;
mod account;
mod auth;
mod convert;
mod factor;
mod import;
mod key;
mod request;
mod reset;
mod role;
mod service_key;
mod sharing;
mod user;

pub use access::Access;
pub use account::Accounts;
pub use auth::Auth;
pub use key::Keys;
pub use service_key::ServiceKeys;
pub use sharing::Sharing;
pub use user::Users;
