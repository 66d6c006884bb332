use std::env;

use live::Live;

/// The Postgres and Redis that tests run on.
#[derive(Debug, Clone)]
pub struct Backends {
    /// A superuser's URL of a maintenance database.
    pub database_url: String,
    /// A Redis with room for everybody: tests keep apart by namespace.
    pub redis_url: String,
}

impl Backends {
    /// From `DATABASE_URL` and `REDIS_URL`, which `make test` sets.
    ///
    /// # Panics
    ///
    /// When they are not set: a test that needs a back end fails without it.
    #[must_use]
    pub fn get() -> Self {
        let variable = |name| {
            env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set: run `make test`, or `cargo run -p sandbox -- exec -- cargo test`")
            })
        };
        Self {
            database_url: variable("DATABASE_URL"),
            redis_url: variable("REDIS_URL"),
        }
    }

    /// Redis with keys of its own.
    ///
    /// # Panics
    ///
    /// When the URL is not one of Redis.
    #[must_use]
    pub fn live(&self) -> Live {
        Live::new(&self.live_config()).expect("REDIS_URL is a Redis URL")
    }

    /// The settings of a Redis with keys of its own, to start a service with.
    #[must_use]
    pub fn live_config(&self) -> live::Config {
        live::Config::at(&self.redis_url).in_namespace(fresh_namespace())
    }
}

/// A key namespace that no other test has.
fn fresh_namespace() -> String {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    format!("t{}-", &unique[..16])
}
