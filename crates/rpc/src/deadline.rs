//! How long the work at hand may still take.
//!
//! The deadline of a request lives in a task-local while its handler runs, so
//! that calls made on the way get what is left of it. Spawned tasks start
//! without one; give them theirs with [`within`].

use std::future::Future;
use std::time::Duration;

use api::access::v1::ErrorReason;
use fault::Fault;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

/// The gRPC header that carries a deadline, as time left.
pub(crate) const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

tokio::task_local! {
    static DEADLINE: Instant;
}

/// What is left for the current request; `None` outside one, or if it has no
/// deadline.
pub fn remaining() -> Option<Duration> {
    instant().map(|end| end.saturating_duration_since(Instant::now()))
}

/// Runs `work` with a deadline for the calls it makes. It does not stop `work`.
pub async fn within<F: Future>(limit: Duration, work: F) -> F::Output {
    scope(Instant::now() + limit, work).await
}

pub(crate) fn instant() -> Option<Instant> {
    DEADLINE.try_with(|end| *end).ok()
}

pub(crate) async fn scope<F: Future>(end: Instant, work: F) -> F::Output {
    DEADLINE.scope(end, work).await
}

/// Reads `grpc-timeout`: at most eight digits and a unit.
///
/// # Errors
/// `INVALID_ARGUMENT` if it is there and cannot be read. tonic ignores such a
/// header, which turns a deadline into none.
pub(crate) fn parse(headers: &HeaderMap) -> Result<Option<Duration>, Fault> {
    let mut values = headers.get_all(GRPC_TIMEOUT).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str().ok().and_then(read), values.next()) {
        (Some(duration), None) => Ok(Some(duration)),
        _ => Err(Fault::new(
            fault::Code::InvalidArgument,
            ErrorReason::DeadlineMalformed,
            "grpc-timeout must be up to eight digits and one of H, M, S, m, u, n",
        )),
    }
}

fn read(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    Some(match unit {
        'H' => Duration::from_secs(number * 3600),
        'M' => Duration::from_secs(number * 60),
        'S' => Duration::from_secs(number),
        'm' => Duration::from_millis(number),
        'u' => Duration::from_micros(number),
        'n' => Duration::from_nanos(number),
        _ => return None,
    })
}

/// Writes time left as `grpc-timeout`, in the finest unit that fits.
pub(crate) fn header(left: Duration) -> HeaderValue {
    const LARGEST: u128 = 99_999_999;
    let text = match left {
        left if left.as_micros() <= LARGEST => format!("{}u", left.as_micros()),
        left if left.as_millis() <= LARGEST => format!("{}m", left.as_millis()),
        left => format!("{}S", u128::from(left.as_secs()).min(LARGEST)),
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("0u"))
}

pub(crate) fn passed() -> Fault {
    Fault::deadline_exceeded(
        ErrorReason::DeadlinePassed,
        "the deadline passed; the change may or may not have been made",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_protocol_allows_is_read() {
        for (text, expected) in [
            ("0S", Duration::ZERO),
            ("1n", Duration::from_nanos(1)),
            ("250m", Duration::from_millis(250)),
            ("99999999H", Duration::from_secs(99_999_999 * 3600)),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for text in [
            "",
            "S",
            "abc",
            "-1S",
            "+1S",
            "1",
            "1s",
            "123456789S",
            "1.5S",
            " 1S",
            "1é",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back_within_its_unit() {
        for left in [
            Duration::ZERO,
            Duration::from_micros(1),
            Duration::from_millis(99_999),
            Duration::from_secs(3_600),
            Duration::from_secs(10_000_000),
        ] {
            let text = header(left);
            assert_eq!(read(text.to_str().unwrap()), Some(left), "{text:?}");
        }
    }

    #[tokio::test]
    async fn calls_made_within_see_what_is_left() {
        assert_eq!(remaining(), None);
        within(Duration::from_secs(5), async {
            assert!(remaining().unwrap() > Duration::from_secs(4));
        })
        .await;
    }
}
