//! Words to people. Nobody listening any more – a pipe into `head`, a closed
//! terminal – is not a failure, so nothing here panics as `println!` does.

use std::{fmt::Display, io::Write as _};

/// A line of what was asked for.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Text of what was asked for, as it is.
pub(crate) fn print(text: impl Display) {
    let _ = write!(std::io::stdout(), "{text}");
}

/// A line about what goes on, beside what was asked for.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
