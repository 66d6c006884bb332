use ::config::Config;
use toml::{Table, Value};

use super::{Invalid, invalid};

const HIDDEN: &str = "***";
/// A setting whose name contains one of these is never printed.
const SECRET: [&str; 4] = ["secret", "password", "token", "private"];

/// The merged settings as TOML, without secrets.
pub(crate) fn redacted(merged: &Config) -> Result<String, Invalid> {
    let mut table: Table = merged.clone().try_deserialize().map_err(invalid)?;
    hide(&mut table);
    toml::to_string_pretty(&table).map_err(|error| Invalid::new("configuration", error.to_string()))
}

fn hide(table: &mut Table) {
    for (key, value) in table.iter_mut() {
        match value {
            Value::Table(inner) => hide(inner),
            Value::String(text) if text.is_empty() => {}
            value if SECRET.iter().any(|word| key.contains(word)) => {
                *value = Value::String(HIDDEN.to_owned());
            }
            Value::String(text) => *text = without_password(text),
            Value::Array(list) => {
                for item in list {
                    if let Value::String(text) = item {
                        *text = without_password(text);
                    }
                }
            }
            _ => {}
        }
    }
}

/// `postgres://app:***@host/db` for a URL with a password in it.
fn without_password(text: &str) -> String {
    let parts = text.split_once("://").and_then(|(scheme, rest)| {
        let (login, host) = rest.rsplit_once('@')?;
        let (user, _) = login.split_once(':')?;
        Some(format!("{scheme}://{user}:{HIDDEN}@{host}"))
    });
    parts.unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_keep_everything_but_the_password() {
        for (text, expected) in [
            (
                "postgres://app:p@ss@db:5432/x",
                "postgres://app:***@db:5432/x",
            ),
            ("redis://:hunter2@cache/0", "redis://:***@cache/0"),
            ("http://127.0.0.1:7001", "http://127.0.0.1:7001"),
            ("plain", "plain"),
        ] {
            assert_eq!(without_password(text), expected);
        }
    }
}
