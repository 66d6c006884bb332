//! Reporting on real Postgres and Redis.
