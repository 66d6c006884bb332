//! The reporting service.

use std::process::ExitCode;

fn main() -> ExitCode {
    boot::program("reporting", reporting::build)
        .migrate(reporting::migrate)
        .run()
}
