//! The identity service.

fn main() -> std::process::ExitCode {
    boot::program("identity", identity::build)
        .migrate(identity::migrate)
        .run()
}
