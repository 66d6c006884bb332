//! A wire to a back end that can be cut and mended.

use std::sync::Arc;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Listens on a port of its own and carries every connection to the back end.
#[derive(Clone)]
pub(super) struct Wire {
    address: String,
    whole: Arc<watch::Sender<bool>>,
}

impl Wire {
    /// A whole wire to `host:port`.
    pub(super) async fn to(back_end: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let whole = Arc::new(watch::Sender::new(true));
        let watch = whole.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                // A connection over a cut wire is closed at once.
                if *watch.borrow() {
                    tokio::spawn(carry(near, back_end.clone(), watch.subscribe()));
                }
            }
        });
        Self { address, whole }
    }

    /// The URL of a back end, by way of this wire.
    pub(super) async fn through(url: &str) -> (Self, String) {
        let (head, rest) = url.split_once("://").unwrap();
        let (login, place) = rest
            .rsplit_once('@')
            .map_or(("", rest), |(login, place)| (login, place));
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        let wire = Self::to(host.to_owned()).await;
        let login = if login.is_empty() {
            String::new()
        } else {
            format!("{login}@")
        };
        let url = format!("{head}://{login}{}/{path}", wire.address);
        (wire, url)
    }

    /// Breaks every connection, and every new one.
    pub(super) fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// New connections get through again.
    pub(super) fn mend(&self) {
        self.whole.send_replace(true);
    }
}

async fn carry(mut near: TcpStream, back_end: String, mut whole: watch::Receiver<bool>) {
    let Ok(mut far) = TcpStream::connect(back_end).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}
