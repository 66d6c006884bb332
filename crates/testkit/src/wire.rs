use std::sync::Arc;

use tokio::{
    io,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::task::AbortOnDropHandle;

/// A wire to a server that can be cut, mended and silenced, so that an outage needs no second
/// server. Dropping it cuts it for good.
#[derive(Debug)]
pub struct Wire {
    /// The URL of the server, by way of this wire.
    pub url: String,
    state: Arc<watch::Sender<State>>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    way: Way,
    /// Counted, so that a cut and a repair in quick succession still end every connection.
    cuts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    Cut,
    Silent,
}

impl Wire {
    /// To the server at `url`, such as `redis://user:password@host:port/0`.
    ///
    /// # Panics
    ///
    /// When `url` names no host and port.
    pub async fn to(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a URL has a scheme");
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        let (login, target) = match authority.rsplit_once('@') {
            Some((login, target)) => (format!("{login}@"), target.to_owned()),
            None => (String::new(), authority.to_owned()),
        };
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let near = listener.local_addr().expect("a listener has an address");
        let state = Arc::new(watch::Sender::new(State {
            way: Way::Open,
            cuts: 0,
        }));
        let task = tokio::spawn(accept(listener, target, state.clone()));
        Self {
            url: format!("{scheme}://{login}{near}{after}"),
            state,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Ends every connection, and every new one at once.
    pub fn cut(&self) {
        self.set(Way::Cut);
    }

    /// Connections stay, and nothing comes through.
    pub fn silence(&self) {
        self.set(Way::Silent);
    }

    /// What was silent goes on; what was cut may connect again.
    pub fn mend(&self) {
        self.set(Way::Open);
    }

    fn set(&self, way: Way) {
        self.state.send_modify(|state| {
            state.way = way;
            state.cuts += usize::from(way == Way::Cut);
        });
    }
}

async fn accept(listener: TcpListener, target: String, state: Arc<watch::Sender<State>>) {
    while let Ok((near, _)) = listener.accept().await {
        tokio::spawn(carry(near, target.clone(), state.subscribe()));
    }
}

/// Until either end or the wire is done.
async fn carry(near: TcpStream, target: String, mut state: watch::Receiver<State>) {
    let born = *state.borrow_and_update();
    if born.way == Way::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    loop {
        let now = *state.borrow_and_update();
        if now.cuts != born.cuts {
            return;
        }
        let changed = match now.way {
            Way::Cut => return,
            Way::Silent => state.changed().await,
            Way::Open => tokio::select! {
                _ = pump(&near, &far) => return,
                _ = pump(&far, &near) => return,
                changed = state.changed() => changed,
            },
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Copies what comes; safe to stop in the middle because nothing read is left unwritten for
/// longer than the socket buffers of loopback take.
async fn pump(from: &TcpStream, to: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        from.readable().await?;
        let read = match from.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        let mut written = 0;
        while written < read {
            to.writable().await?;
            match to.try_write(&buffer[written..read]) {
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}
