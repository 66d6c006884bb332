use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, raise};
use serde::Deserialize;

use super::*;
use crate::section;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    server: section::Server,
    telemetry: section::Telemetry,
    identity: section::Identity,
}

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../sections.toml");

    fn server(&self) -> &section::Server {
        &self.server
    }

    fn telemetry(&self) -> &section::Telemetry {
        &self.telemetry
    }

    fn identity(&self) -> Option<&section::Identity> {
        Some(&self.identity)
    }
}

async fn nothing(_: Context<Config>) -> Result<Service, BoxError> {
    Ok(Service::new())
}

fn exit(arguments: &[&str]) -> u8 {
    let key = ["example", "--set", "identity.key_secret=of no use here"];
    let all = key.into_iter().chain(arguments.iter().copied());
    program("example", nothing).run_with(all)
}

#[test]
fn what_only_prints_succeeds() {
    assert_eq!(exit(&["--help"]), 0);
    assert_eq!(exit(&["--version"]), 0);
    assert_eq!(
        exit(&["--print-config", "--set", "server.listen=127.0.0.1:0"]),
        0
    );
}

#[test]
fn bad_configuration_and_bad_flags_exit_with_64() {
    for arguments in [
        &["--set", "server.lisen=1"][..],
        &["--set", "server.listen"],
        &["--set", "server.listen=everywhere"],
        &["--config", "/nowhere"],
        &["--set", "identity.peer.addresses=nowhere"],
        &["--set", "telemetry.filter=a=b=c"],
        &["--set", "server.tls.cert=/nowhere.pem"],
        &["--unknown"],
        &["unknown"],
    ] {
        assert_eq!(exit(arguments), 64, "{arguments:?}");
    }
}

#[test]
fn a_service_without_a_key_is_not_configured() {
    assert_eq!(exit(&["--set", "identity.key_secret="]), 64);
}

#[test]
fn an_address_in_use_is_not_a_bad_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("server.listen={}", taken.local_addr().unwrap());
    assert_eq!(exit(&["--set", &listen]), 1);
}

#[test]
fn migrate_runs_the_migration_and_nothing_else() {
    static DONE: AtomicBool = AtomicBool::new(false);
    let code = program("example", nothing)
        .migrate(|_| async {
            DONE.store(true, Ordering::SeqCst);
            Ok(())
        })
        .run_with(["example", "migrate"]);
    assert_eq!((code, DONE.load(Ordering::SeqCst)), (0, true));
    let code = program("example", nothing)
        .migrate(|_| async { Err("no database".into()) })
        .run_with(["example", "migrate"]);
    assert_eq!(code, 1);
}

/// A supervisor's view: port 0, the address in a file, SIGTERM, exit 0.
#[test]
fn it_publishes_its_address_and_stops_when_told() {
    let folder = std::env::temp_dir().join(format!("boot-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("addr");
    let path = file.display().to_string();
    let process = std::thread::spawn(move || {
        exit(&["--set", "server.listen=127.0.0.1:0", "--addr-file", &path])
    });
    let begun = Instant::now();
    let addr = loop {
        match std::fs::read_to_string(&file) {
            Ok(text) => break text.trim().to_owned(),
            Err(_) => assert!(begun.elapsed() < Duration::from_secs(10), "no address"),
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    TcpStream::connect(&addr).unwrap();
    raise(Signal::SIGTERM).unwrap();
    assert_eq!(process.join().unwrap(), 0);
    assert!(TcpStream::connect(&addr).is_err());
    std::fs::remove_dir_all(folder).unwrap();
}
