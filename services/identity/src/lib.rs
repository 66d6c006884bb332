//! Who is this, and what may they do.
//!
//! **Owns** companies, their people and seats, passwords, sessions and refresh tokens, roles and
//! grants, the keys that sign access tokens, and the keys of the platform's own services.
//!
//! **Never** sends a mail or shows a page: whoever invites gets the token, and the platform's
//! mailer comes for the mails that replace forgotten passwords. Never knows a phone,
//! a queue or a call; what a supervisor covers are ids to it. Never calls another service: what the
//! sharing guard needs of them it hears from their events.
//!
//! A request goes `grpc/` (translate) → `app/` (read, decide, commit) → `domain/` (decide,
//! purely) and `store/` (queries). Every change is written with its audit event and the kept
//! answer for a repeat in one transaction.
//!
//! **One more method**: declare it in `proto/strowger/identity/v1` with its policy; add the use
//! case to the file of its resource in `app/`, the rule to `domain/`, the translation to
//! `grpc/`; tell its story in `tests/it`. **One more table**: a migration, its file in `store/`,
//! and the same guard in that migration.

pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod grpc;
pub mod live;
pub mod store;

use std::sync::Arc;

use ::live::Live;
use ::store::{
    Migration, Store,
    follow::{self, Follow},
    migration, outbox, replay,
};
use api::identity::v1::{
    access_service_server::AccessServiceServer, account_service_server::AccountServiceServer,
    auth_service_server::AuthServiceServer, key_service_server::KeyServiceServer,
    service_key_service_server::ServiceKeyServiceServer,
    sharing_service_server::SharingServiceServer, user_service_server::UserServiceServer,
};

pub use config::Config;

use crate::live::throttle::Throttle;
use app::{
    App, hashing::Hasher, keyring::Keyring, revocation::feed::Feed, sharing::follow::Guard,
    vault::Vault,
};

const SERVICE: &str = "identity";

/// The schema, step by step.
pub const MIGRATIONS: &[Migration] = &[
    outbox::MIGRATION,
    replay::MIGRATION,
    migration!("../migrations", "0001_create_people"),
    migration!("../migrations", "0002_create_grants"),
    migration!("../migrations", "0003_create_sessions"),
    migration!("../migrations", "0004_create_signing_keys"),
    migration!("../migrations", "0005_guard_tenants"),
    migration!("../migrations", "0006_create_factors"),
    migration!("../migrations", "0007_create_password_resets"),
    migration!("../migrations", "0008_create_revocations"),
    migration!("../migrations", "0011_create_sharing"),
    migration!("../migrations", "0013_create_service_keys"),
    migration!("../migrations", "0014_add_sharing_policy"),
    migration!("../migrations", "0015_create_custom_roles"),
    migration!("../migrations", "0016_add_session_device"),
    follow::MIGRATION,
];

/// Brings the database up to date.
pub async fn migrate(config: Arc<Config>) -> Result<(), boot::BoxError> {
    let store = Store::connect(&config.postgres, SERVICE).await?;
    store.migrate(MIGRATIONS).await?;
    store.close().await;
    Ok(())
}

/// Connects and says what to serve.
pub async fn build(context: boot::Context<Config>) -> Result<boot::Service, boot::BoxError> {
    let config = context.config.clone();
    let store = Store::connect(&config.postgres, SERVICE).await?;
    let live = Live::new(&config.redis)?;
    let vault = Arc::new(Vault::new(&*config.master_key()?)?);
    let keyring = Keyring::new(
        store.clone(),
        vault.clone(),
        context.verifier.clone(),
        context.clock.clone(),
        config.rotation(),
    );
    let keyring = Arc::new(keyring);
    let hasher = Hasher::new(
        config.hash_cost(),
        config.pepper()?,
        config.former_pepper()?,
        config.hash_concurrency(),
        config.hash_waiting(),
    )?;
    let app = Arc::new(App {
        store: store.clone(),
        vault,
        hasher,
        refusal: config.refusal(),
        keyring: keyring.clone(),
        clock: context.clock.clone(),
        tokens: config.tokens,
        platform_keys: config.platform_keys()?,
        throttle: Throttle::new(&live),
        trusted_proxies: config.clients.trusted_proxies()?,
        factor_issuer: config.factors.issuer.clone(),
    });

    let feed = Arc::new(Feed::new(
        store.clone(),
        context.clock.clone(),
        context.revocations.clone(),
    ));
    let drain = context.drain.clone();
    let relay = outbox::Relay::new(&store, &live, SERVICE).run(drain.clone());
    let tend = keyring.clone().tend(config.key_refresh(), drain.clone());
    let tell = feed.clone().run(drain.clone());
    let guard = Guard(app.clone());
    let guard = Follow::new(&store, &live, SERVICE, guard);
    let guard = Box::pin(guard.run(drain.clone()));
    let sweep = app.clone().sweep(config.retention, drain);
    Ok(boot::Service::new()
        .add(AccountServiceServer::new(grpc::Accounts(app.clone())))
        .add(UserServiceServer::new(grpc::Users(app.clone())))
        .add(AuthServiceServer::new(grpc::Auth(app.clone())))
        .add(AccessServiceServer::new(grpc::Access(app.clone())))
        .add(SharingServiceServer::new(grpc::Sharing(app.clone())))
        .add(ServiceKeyServiceServer::new(grpc::ServiceKeys(app.clone())))
        .add(KeyServiceServer::new(grpc::Keys { app, feed }))
        .task("outbox", async {
            relay.await;
            Ok(())
        })
        .task("signing keys", async {
            tend.await;
            Ok(())
        })
        .task("revocations", async {
            tell.await;
            Ok(())
        })
        .task("sharing guard", async {
            guard.await;
            Ok(())
        })
        .task("sweep", async {
            sweep.await;
            Ok(())
        })
        .probe("postgres", move || {
            let (store, keyring) = (store.clone(), keyring.clone());
            async move {
                store.ping().await?;
                // Without a key nobody can sign in and nobody else can verify.
                Ok(keyring.check()?)
            }
        }))
}
