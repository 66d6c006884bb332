//! One private Redis.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::error::SandboxError;
use crate::home::Home;
use crate::keeper::{Keeper, Server, last_line};
use crate::{Durability, Options, orphan, port, secret};

const NAME: &str = "Redis";
/// Loading a large append-only file takes a while.
const READY_WITHIN: Duration = Duration::from_secs(60);
const POLL_EVERY: Duration = Duration::from_millis(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// How often another port is tried when somebody takes ours first.
const ATTEMPTS: usize = 3;

/// A running Redis.
#[derive(Debug)]
pub(crate) struct Redis {
    keeper: Keeper,
    port: u16,
    password: String,
}

impl Redis {
    pub(crate) fn start(
        program: &Path,
        home: &Home,
        options: &Options,
    ) -> Result<Self, SandboxError> {
        let data = home.private_directory("redis")?;
        let pid_file = data.join("redis.pid");
        let settings_file = home.private_directory("secrets")?.join("redis.conf");
        let log = home.path().join("redis.log");
        let password = secret::random();
        for _ in 0..ATTEMPTS {
            orphan::clear(NAME, &pid_file, &data)?;
            let port = port::free()?;
            // A file, because anybody may read the arguments of a process.
            home.write_private(
                &settings_file,
                &settings(&data, &pid_file, port, &password, options.durability),
            )?;
            let server = Server {
                name: NAME,
                program,
                arguments: vec![settings_file.display().to_string()],
                stop_signal: "TERM",
                account: home.account(),
            };
            let mut keeper = Keeper::start(&server, home.log(&log)?)?;
            if wait_until_ready(&mut keeper, port, &password) {
                return Ok(Self {
                    keeper,
                    port,
                    password,
                });
            }
        }
        Err(SandboxError::NotReady {
            server: NAME,
            detail: last_line(&fs::read_to_string(&log).unwrap_or_default()),
            log,
        })
    }

    pub(crate) fn url(&self) -> String {
        let Self { port, password, .. } = self;
        format!("redis://:{password}@127.0.0.1:{port}/0")
    }

    pub(crate) fn stop(&mut self) -> Result<(), SandboxError> {
        self.keeper.stop()
    }
}

fn settings(
    data: &Path,
    pid_file: &Path,
    port: u16,
    password: &str,
    durability: Durability,
) -> String {
    let appendonly = match durability {
        Durability::Scratch => "no",
        Durability::Durable => "yes",
    };
    let (data, pid_file) = (data.display(), pid_file.display());
    format!(
        "bind 127.0.0.1\n\
         port {port}\n\
         requirepass {password}\n\
         dir \"{data}\"\n\
         pidfile \"{pid_file}\"\n\
         daemonize no\n\
         save \"\"\n\
         appendonly {appendonly}\n\
         appendfsync everysec\n\
         maxmemory-policy noeviction\n"
    )
}

fn wait_until_ready(keeper: &mut Keeper, port: u16, password: &str) -> bool {
    let started = Instant::now();
    while started.elapsed() < READY_WITHIN && !keeper.ended() {
        if answers(port, password).unwrap_or(false) {
            return true;
        }
        sleep(POLL_EVERY);
    }
    false
}

/// Whether our Redis – our password proves it is ours – serves commands. It
/// refuses PING while it loads its data.
fn answers(port: u16, password: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(format!("AUTH {password}\r\nPING\r\n").as_bytes())?;
    let expected = b"+OK\r\n+PONG\r\n";
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    Ok(&answer == expected)
}
