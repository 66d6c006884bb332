//! Tokens of anybody, signed with the mesh's own key: the tests hold the
//! master key, which nobody else does.

use std::{fs, path::Path};

use access::Signer;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use identity::app::vault::{Purpose, Vault};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use store::{Config, Store};
use testkit::Callers;
use toml::Table;

pub(super) async fn callers(mesh: &Path) -> Callers {
    let settings: Table = fs::read_to_string(mesh.join("identity.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let setting = |section: &str, key: &str| settings[section][key].as_str().unwrap().to_owned();
    let master = BASE64_STANDARD
        .decode(setting("vault", "master_key"))
        .unwrap();
    let vault = Vault::new(&master.try_into().unwrap()).unwrap();
    let mut config = Config::at(setting("postgres", "url"));
    (config.min_connections, config.acquire_timeout_ms) = (0, 10_000);
    let store = Store::connect(&config, "test").await.unwrap();
    let newest = Statement::from_string(
        DbBackend::Postgres,
        "SELECT key_id, sealed_private FROM signing_keys WHERE replaced_at IS NULL",
    );
    let row = store.query_one_raw(newest).await.unwrap().unwrap();
    store.close().await;
    let key_id: String = row.try_get("", "key_id").unwrap();
    let sealed: Vec<u8> = row.try_get("", "sealed_private").unwrap();
    let private = vault.open(Purpose::SigningKey, &key_id, &sealed).unwrap();
    Callers::signing_with(Signer::from_pkcs8(key_id, &private).unwrap())
}
