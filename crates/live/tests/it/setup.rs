use std::time::Duration;

use ids::AccountId;
use live::{Config, Live, Partition};

/// A Redis with keys of its own for one test.
pub(crate) fn config() -> Config {
    let url = std::env::var("REDIS_URL").unwrap_or_else(|_| {
        panic!("REDIS_URL is not set: run `cargo run -p sandbox -- exec -- cargo test -p live`")
    });
    let id = AccountId::generate().to_string();
    Config::at(url).in_namespace(format!("{}-", &id[id.len() - 12..]))
}

pub(crate) fn live() -> Live {
    Live::new(&config()).unwrap()
}

/// The partition that tests about one partition use.
pub(crate) fn partition() -> Partition {
    Partition::from_index(7).unwrap()
}

/// An account that lives in that partition.
pub(crate) fn account() -> AccountId {
    loop {
        let account = AccountId::generate();
        if Partition::of(account) == partition() {
            return account;
        }
    }
}

/// Waits until `holds`, at most ten seconds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let look = async || holds().await.then_some(());
    testkit::eventually(Duration::from_secs(10), what, look).await;
}
