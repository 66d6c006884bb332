use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What this thread logs from now on, until it is dropped.
///
/// Only this thread: in a `#[tokio::test]` of the default flavour that is the
/// whole test.
#[must_use = "nothing is captured after it is dropped"]
pub struct Logs {
    text: Text,
    _guard: DefaultGuard,
    _second: Dispatch,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Logs {
    /// Captures everything down to `DEBUG`; a span is a line when it closes.
    pub fn capture() -> Self {
        let text = Text::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_span_events(FmtSpan::CLOSE)
            .with_writer(text.clone())
            .finish();
        Self {
            text,
            // While there is only one subscriber, tracing asks the thread that first reaches a
            // line whether anybody wants it, and remembers the answer for all threads: another
            // test, which logs nowhere, would silence the line here.
            _second: Dispatch::new(tracing_subscriber::registry()),
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Everything so far.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = self.text.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Text {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::Logs;

    #[test]
    fn lines_of_this_thread_are_kept() {
        let logs = Logs::capture();
        tracing::info!(queue = "sales", "opened");
        assert!(
            logs.text().contains("opened queue=\"sales\""),
            "{}",
            logs.text()
        );
    }
}
