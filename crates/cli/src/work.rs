//! Telling people what takes their time.

use std::{
    future::Future,
    io::IsTerminal as _,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use crate::say::note;

const TICK: Duration = Duration::from_millis(80);

/// Does one step of work behind a spinner, and leaves a line with its time.
///
/// # Errors
///
/// Those of the work.
pub(crate) async fn step<T>(
    what: &'static str,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let begun = Instant::now();
    let spinner = std::io::stderr().is_terminal().then(|| {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        spinner.enable_steady_tick(TICK);
        spinner
    });
    let done = work.await;
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    if done.is_ok() {
        note(format_args!(
            "✓ {what} ({:.1} s)",
            begun.elapsed().as_secs_f64()
        ));
    }
    done
}
