//! A way to Redis that can be cut and stopped, so that an outage needs no second server.

use std::sync::Arc;

use tokio::{
    io,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::task::AbortOnDropHandle;

#[derive(Clone, Copy)]
struct State {
    way: Way,
    /// Counted, so that a cut and a repair in quick succession still end every connection.
    cuts: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// Connections end, new ones end at once.
    Cut,
    /// Connections stay and nothing comes through.
    Silent,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    way: Arc<watch::Sender<State>>,
    _task: AbortOnDropHandle<()>,
}

impl Proxy {
    /// A way to the Redis at `url`.
    pub(crate) async fn to(url: &str) -> Self {
        let rest = url.strip_prefix("redis://").unwrap();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, target) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (format!("{credentials}@"), host.to_owned()),
            None => (String::new(), authority.to_owned()),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Arc::new(watch::Sender::new(State {
            way: Way::Open,
            cuts: 0,
        }));
        let task = tokio::spawn(accept(listener, target, way.clone()));
        Self {
            url: format!("redis://{credentials}127.0.0.1:{port}/{path}"),
            way,
            _task: AbortOnDropHandle::new(task),
        }
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_modify(|state| {
            state.way = way;
            state.cuts += usize::from(way == Way::Cut);
        });
    }
}

async fn accept(listener: TcpListener, target: String, way: Arc<watch::Sender<State>>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (target, mut way) = (target.clone(), way.subscribe());
        tokio::spawn(async move {
            let born = *way.borrow_and_update();
            if born.way == Way::Cut {
                return;
            }
            let Ok(server) = TcpStream::connect(target).await else {
                return;
            };
            loop {
                let now = *way.borrow_and_update();
                if now.cuts != born.cuts {
                    return;
                }
                match now.way {
                    Way::Cut => return,
                    Way::Silent => way.changed().await.unwrap(),
                    Way::Open => tokio::select! {
                        _ = pump(&client, &server) => return,
                        _ = pump(&server, &client) => return,
                        changed = way.changed() => changed.unwrap(),
                    },
                }
            }
        });
    }
}

/// Copies what comes; safe to stop in the middle because nothing read is left unwritten for
/// longer than the socket buffers of loopback take.
async fn pump(from: &TcpStream, to: &TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        from.readable().await?;
        match from.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => {
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
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
