//! What each service is told: only what differs from its own defaults.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use toml::{Table, Value};

use crate::{Options, Secrets, Service};

/// The platform keys: name, audience and rights.
const KEYS: [(&str, &str, &[&str]); 6] = [
    (
        "bootstrap",
        "SERVICE",
        &["ACCOUNTS_CREATE", "ACCOUNTS_SUSPEND"],
    ),
    ("edge", "EDGE", &["EDGE_REPORT"]),
    ("directory", "SERVICE", &["REVOCATIONS_READ"]),
    ("presence", "SERVICE", &["REVOCATIONS_READ", "PLANS_READ"]),
    (
        "routing",
        "SERVICE",
        &["REVOCATIONS_READ", "PLANS_READ", "FLOOR_MANAGE"],
    ),
    ("reporting", "SERVICE", &["REVOCATIONS_READ"]),
];

pub(crate) fn of(
    service: Service,
    options: &Options,
    secrets: &Secrets,
    ports: &BTreeMap<Service, u16>,
    database: Option<&str>,
) -> Table {
    let mut settings = Table::new();
    let mut set = |key: &str, value: Value| put(&mut settings, key, value);
    set(
        "server.listen",
        format!("127.0.0.1:{}", ports[&service]).into(),
    );
    set("redis.url", options.redis_url.clone().into());
    set("redis.namespace", options.namespace.clone().into());
    if let Some(collector) = &options.collector {
        set("telemetry.endpoint", collector.clone().into());
    }
    if let Some(database) = database {
        set("postgres.url", database.into());
    }
    let mut peer = |key: &str, peer: Service| {
        let address = format!("http://127.0.0.1:{}", ports[&peer]);
        set(key, Value::Array(vec![address.into()]));
    };
    if service != Service::Identity {
        peer("identity.peer.addresses", Service::Identity);
    }
    match service {
        Service::Identity | Service::Directory | Service::Reporting => {}
        Service::Presence => peer("directory.addresses", Service::Directory),
        Service::Routing => {
            peer("directory.addresses", Service::Directory);
            peer("presence.addresses", Service::Presence);
        }
    }
    match service {
        Service::Identity => {
            set("vault.master_key", secrets.master_key.clone().into());
            set("passwords.pepper", secrets.pepper.clone().into());
            for (name, audience, permissions) in KEYS {
                let digest = Sha256::digest(secret_of(secrets, name));
                let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                let permissions = permissions
                    .iter()
                    .map(|permission| (*permission).into())
                    .collect();
                set(
                    &format!("platform_keys.{name}.secret_sha256"),
                    digest.into(),
                );
                set(&format!("platform_keys.{name}.audience"), audience.into());
                set(
                    &format!("platform_keys.{name}.permissions"),
                    Value::Array(permissions),
                );
            }
        }
        Service::Directory | Service::Presence | Service::Routing | Service::Reporting => {
            set(
                "identity.key_secret",
                secret_of(secrets, service.name()).into(),
            );
        }
    }
    for (_, key, value) in options.settings.iter().filter(|(of, ..)| *of == service) {
        set(key, scalar(value));
    }
    settings
}

fn secret_of<'a>(secrets: &'a Secrets, name: &str) -> &'a str {
    match name {
        "bootstrap" => &secrets.bootstrap,
        "edge" => &secrets.edge,
        "directory" => &secrets.directory,
        "presence" => &secrets.presence,
        "routing" => &secrets.routing,
        _ => &secrets.reporting,
    }
}

/// A number or a flag where the text is one.
fn scalar(text: &str) -> Value {
    let number = text.parse::<i64>().map(Value::from);
    number
        .or_else(|_| text.parse::<bool>().map(Value::from))
        .unwrap_or_else(|_| text.into())
}

fn put(settings: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            settings.insert(key.to_owned(), value);
        }
        Some((section, rest)) => {
            let inner = settings
                .entry(section)
                .or_insert_with(|| Table::new().into());
            if let Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
