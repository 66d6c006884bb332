//! Looking at servers from outside, without a client library.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A folder that goes away with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("strowger-test-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `host:port` and password of a URL.
fn parts(url: &str) -> (&str, &str) {
    let (credentials, rest) = url.split_once("://").unwrap().1.split_once('@').unwrap();
    let address = rest.split_once('/').unwrap().0;
    (address, credentials.split_once(':').unwrap().1)
}

/// Sends commands to Redis; returns everything it answers.
pub(crate) fn redis(url: &str, commands: &str) -> String {
    let (address, password) = parts(url);
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "AUTH {password}\r\n{commands}\r\nQUIT\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Whether Postgres answers its TLS question, which needs no password.
pub(crate) fn postgres_answers(url: &str) -> bool {
    let ask = || -> std::io::Result<u8> {
        let mut stream = TcpStream::connect(parts(url).0)?;
        stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
        let mut answer = [0];
        stream.read_exact(&mut answer)?;
        Ok(answer[0])
    };
    matches!(ask(), Ok(b'N' | b'S'))
}

pub(crate) fn listens(url: &str) -> bool {
    TcpStream::connect(parts(url).0).is_ok()
}

/// Waits until a condition holds; fails with its description otherwise.
pub(crate) fn eventually(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(20), "never: {what}");
        sleep(Duration::from_millis(20));
    }
}
