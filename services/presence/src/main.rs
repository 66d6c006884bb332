//! The presence service; see the library.

fn main() -> std::process::ExitCode {
    boot::run("presence", presence::build)
}
