//! The routing service.

fn main() -> std::process::ExitCode {
    boot::run("routing", routing::build)
}
