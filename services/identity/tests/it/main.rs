//! Identity from outside: real Postgres, real Redis, real gRPC.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is the test's failure"
)]

mod accounts;
mod audit;
mod authenticator;
mod bad_input;
mod factor_policy;
mod factor_throttle;
mod factors;
mod grants;
mod hashing;
mod import;
mod invitations;
mod keys;
mod people;
mod privacy;
mod recovery;
mod refresh;
mod replay;
mod reset;
mod revocations;
mod roles;
mod seats;
mod service_keys;
mod sharing;
mod sharing_hears;
mod sharing_policy;
mod sign_in;
mod tenants;
mod throttle;
mod world;
