//! Pure decisions: who may sign in, become what, grant what. No I/O, no clock, no randomness;
//! time, random bytes and digests are arguments.

pub use access::network;

pub mod account;
pub mod bearer;
pub mod challenge;
pub mod email;
pub mod factor;
pub mod grant;
pub mod import;
pub mod invitation;
pub mod line;
pub mod one_time;
pub mod password;
pub mod platform_key;
pub mod recovery;
pub mod reset;
pub mod role;
pub mod seats;
pub mod service_key;
pub mod session;
pub mod sharing;
pub mod signing_key;
pub mod throttle;
pub mod totp;
pub mod user;
