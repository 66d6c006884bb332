use std::thread;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sha2::{Digest, Sha256};
use store::provision::Provision;
use store::{Config, Migration, Store, StoreError};

use crate::Backends;

/// Owns every test database. No superuser, so that row-level security counts.
const OWNER: &str = "strowger_test";
/// A test uses few connections; many tests run at once.
const CONNECTIONS: u32 = 8;

/// A database of a test's own, dropped with it.
pub struct Database {
    provision: Provision,
    admin_url: String,
    url: String,
}

impl Database {
    /// An empty database.
    ///
    /// # Panics
    ///
    /// When Postgres does not play along.
    pub async fn empty() -> Self {
        Self::create(None).await
    }

    /// A database with these migrations applied. The first test of all makes a
    /// template; the others copy it, which takes a fraction of the time.
    ///
    /// # Panics
    ///
    /// When Postgres does not play along, or a migration fails.
    pub async fn migrated(service: &str, migrations: &[Migration]) -> Self {
        let template = template_name(service, migrations);
        make_template(&template, migrations).await;
        Self::create(Some(template)).await
    }

    async fn create(template: Option<String>) -> Self {
        let admin_url = Backends::get().database_url;
        let unique = uuid::Uuid::new_v4().simple();
        let provision = provision(format!("test_{unique}"), template);
        let url = provision
            .create(&admin_url)
            .await
            .expect("Postgres makes a database");
        Self {
            provision,
            admin_url,
            url,
        }
    }

    /// The URL of its owner.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Settings to start a service with.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = patient(&self.url);
        config.max_connections = CONNECTIONS;
        config.min_connections = 0;
        config
    }

    /// A pool of its own.
    ///
    /// # Panics
    ///
    /// When Postgres does not play along.
    pub async fn store(&self) -> Store {
        Store::connect(&self.config(), "test")
            .await
            .expect("the settings are good")
    }
}

impl Drop for Database {
    /// At best: what is left behind in a private server goes with the server.
    fn drop(&mut self) {
        let (provision, admin_url) = (self.provision.clone(), self.admin_url.clone());
        // A thread, because a runtime cannot block inside another one.
        let dropped = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.map(|runtime| runtime.block_on(provision.destroy(&admin_url)))
        });
        let _ = dropped.join();
    }
}

/// A busy machine is no reason to fail a test.
fn patient(url: &str) -> Config {
    let mut config = Config::at(url);
    config.acquire_timeout_ms = 10_000;
    config
}

fn provision(database: String, template: Option<String>) -> Provision {
    Provision {
        database,
        owner: OWNER.to_owned(),
        // Reachable by whoever has the superuser's URL anyway.
        password: OWNER.to_owned(),
        template,
    }
}

/// Other migrations, another name: an old template is never mistaken for a new.
fn template_name(service: &str, migrations: &[Migration]) -> String {
    let digest = migrations
        .iter()
        .fold(Sha256::new(), |digest, migration| {
            digest
                .chain_update(migration.name)
                .chain_update(migration.up)
        })
        .finalize();
    let short: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("template_{service}_{short}")
}

/// Many test processes start at once: one makes the template under another name
/// and renames it when it is whole, the others wait for the lock.
async fn make_template(name: &str, migrations: &[Migration]) {
    let admin_url = &Backends::get().database_url;
    let admin = Store::connect(&patient(admin_url), "test")
        .await
        .expect("DATABASE_URL is a Postgres URL");
    if !exists(&admin, name).await.expect("Postgres answers") {
        admin
            .transaction(|tx| async move {
                tx.execute_unprepared(LOCK_TEMPLATES).await?;
                if exists(&tx, name).await? {
                    return Ok(());
                }
                let unfinished = build(admin_url, name, migrations).await;
                let rename = format!("ALTER DATABASE {unfinished} RENAME TO {name}");
                tx.execute_unprepared(&rename).await?;
                Ok::<_, StoreError>(())
            })
            .await
            .expect("Postgres makes a template");
    }
    admin.close().await;
}

/// For as long as the migrations take.
const LOCK_TEMPLATES: &str = "SET LOCAL statement_timeout = 0; \
     SET LOCAL lock_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0; \
     SELECT pg_advisory_xact_lock(hashtext('testkit template'))";

async fn exists(db: &impl ConnectionTrait, name: &str) -> Result<bool, StoreError> {
    let find = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT 1 FROM pg_database WHERE datname = $1",
        [name.into()],
    );
    Ok(db.query_one_raw(find).await?.is_some())
}

/// Makes a database with everything in it; returns its name.
async fn build(admin_url: &str, template: &str, migrations: &[Migration]) -> String {
    let unfinished = provision(template.replacen("template", "unfinished", 1), None);
    // One that an earlier run did not finish is in an unknown state.
    unfinished
        .destroy(admin_url)
        .await
        .expect("an unfinished template can go");
    let url = unfinished
        .create(admin_url)
        .await
        .expect("Postgres makes a database");
    let store = Store::connect(&patient(&url), "test")
        .await
        .expect("the settings are good");
    store
        .migrate(migrations)
        .await
        .expect("the migrations apply");
    store.close().await;
    unfinished.database
}
