//! The directory service.

fn main() -> std::process::ExitCode {
    boot::program("directory", directory::build)
        .migrate(directory::migrate)
        .run()
}
