//! One round trip to Redis: a script or a command, in a span, measured, its errors sorted.

use std::{fmt::Display, sync::LazyLock, time::Instant};

use opentelemetry::{KeyValue, global, metrics::Histogram};
use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, ToRedisArgs, Value};
use tracing::{Instrument, Span, field::Empty};

use crate::{Key, Live, LiveError, Script};

/// Something to be asked of Redis. Made by [`Live::script`] and [`Live::command`].
#[must_use = "nothing is asked until `run`"]
pub struct Call<'a> {
    live: &'a Live,
    what: What<'a>,
    keys: Vec<String>,
    args: Vec<Vec<u8>>,
}

enum What<'a> {
    Script(&'a Script),
    Command(&'static str),
}

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    global::meter("live")
        .f64_histogram("db.client.operation.duration")
        .with_unit("s")
        .with_description("One round trip to Redis, by script or command")
        .with_boundaries(vec![
            0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0,
        ])
        .build()
});

impl<'a> Call<'a> {
    pub(crate) fn script(live: &'a Live, script: &'a Script) -> Self {
        Self {
            live,
            what: What::Script(script),
            keys: Vec::new(),
            args: Vec::new(),
        }
    }

    pub(crate) fn command(live: &'a Live, name: &'static str) -> Self {
        Self {
            live,
            what: What::Command(name),
            keys: Vec::new(),
            args: Vec::new(),
        }
    }

    /// The next key. A command takes keys and arguments in the order they are given.
    pub fn key(mut self, key: &Key) -> Self {
        match self.what {
            What::Script(_) => self.keys.push(key.as_str().to_owned()),
            What::Command(_) => self.args.push(key.as_str().as_bytes().to_vec()),
        }
        self
    }

    /// The next argument, or arguments: a slice adds all of its elements.
    pub fn arg(mut self, arg: impl ToRedisArgs) -> Self {
        arg.write_redis_args(&mut self.args);
        self
    }

    /// The next argument as text, for ids.
    pub fn text(mut self, arg: impl Display) -> Self {
        self.args.push(arg.to_string().into_bytes());
        self
    }

    /// Asks, and converts the answer.
    pub async fn run<T: FromRedisValue>(self) -> Result<T, LiveError> {
        let span = self.span();
        self.measured().instrument(span).await
    }

    async fn measured<T: FromRedisValue>(self) -> Result<T, LiveError> {
        let name = self.name();
        let start = Instant::now();
        let result = match self.send().await {
            Ok(answer) => {
                T::from_redis_value(answer).map_err(|error| LiveError::shape(name, error))
            }
            Err(error) => Err(LiveError::sort(name, error)),
        };
        let mut labels = vec![KeyValue::new("db.operation.name", name)];
        if let Err(error) = &result {
            labels.push(KeyValue::new("error.type", error.kind()));
            // A refusal is an answer: the span did what it should.
            if error.refusal().is_none() {
                Span::current().record("otel.status_code", "ERROR");
            }
            Span::current().record("error.type", error.kind());
        }
        DURATION.record(start.elapsed().as_secs_f64(), &labels);
        result
    }

    async fn send(&self) -> RedisResult<Value> {
        let connection = self.live.connection();
        let script = match self.what {
            What::Script(script) => script,
            What::Command(name) => return connection.send(redis::cmd(name).arg(&self.args)).await,
        };
        let answer = connection.send(&self.eval("EVALSHA", script.sha())).await;
        match answer {
            // Not loaded yet, or flushed: nothing ran. EVAL runs it and keeps it.
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                connection.send(&self.eval("EVAL", script.source())).await
            }
            answer => answer,
        }
    }

    fn eval(&self, command: &str, script: &str) -> Cmd {
        let mut eval = redis::cmd(command);
        eval.arg(script)
            .arg(self.keys.len())
            .arg(&self.keys)
            .arg(&self.args);
        eval
    }

    fn name(&self) -> &'static str {
        match self.what {
            What::Script(script) => script.name(),
            What::Command(name) => name,
        }
    }

    /// Background loops have no span around them and get none: a poll is not a trace.
    fn span(&self) -> Span {
        if Span::current().is_none() {
            return Span::none();
        }
        let span = tracing::info_span!(
            "redis",
            otel.name = Empty,
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = "redis",
            db.operation.name = self.name(),
            "error.type" = Empty,
        );
        match self.what {
            What::Script(script) => span.record("otel.name", script.span_name()),
            What::Command(name) => span.record("otel.name", format_args!("redis {name}")),
        };
        span
    }
}
