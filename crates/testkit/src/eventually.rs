use std::time::Duration;

use tokio::time::{Instant, sleep};

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Waits until `look` finds something, and returns it.
///
/// ```ignore
/// let call = eventually(Duration::from_secs(2), "the call rings", async || {
///     calls.find(id).await.filter(|call| call.is_ringing())
/// })
/// .await;
/// ```
///
/// # Panics
///
/// After `within`, with `what` in the message.
pub async fn eventually<T>(
    within: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_late_is_found() {
        let mut looks = 0;
        let found = eventually(Duration::from_secs(5), "three looks", async || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(found.await, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "not within 10ms: never")]
    async fn what_never_comes_is_named() {
        eventually(Duration::from_millis(10), "never", async || None::<()>).await;
    }
}
