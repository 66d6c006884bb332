//! The sandbox on this machine's real Postgres and Redis.

mod exec;
mod lifecycle;
mod machine;
