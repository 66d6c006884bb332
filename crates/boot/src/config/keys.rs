use ::config::{Config, Map, Value, ValueKind};

use super::Invalid;

/// Refuses every key that the defaults do not list. They are the
/// documentation, so a key that is missing there does not exist.
pub(super) fn refuse_unknown(known: &Config, merged: &Config) -> Result<(), Invalid> {
    match (&known.cache.kind, &merged.cache.kind) {
        (ValueKind::Table(known), ValueKind::Table(merged)) => tables(known, merged, ""),
        _ => Ok(()),
    }
}

fn tables(
    known: &Map<String, Value>,
    merged: &Map<String, Value>,
    path: &str,
) -> Result<(), Invalid> {
    let mut keys: Vec<&String> = merged.keys().collect();
    keys.sort();
    for key in keys {
        let full = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        let Some(expected) = known.get(key) else {
            return Err(Invalid::new(full, "there is no such setting"));
        };
        match (&expected.kind, &merged[key].kind) {
            // Empty: a map with keys of the operator's choice.
            (ValueKind::Table(known), _) if known.is_empty() => {}
            (ValueKind::Table(known), ValueKind::Table(merged)) => {
                tables(known, merged, &full)?;
            }
            (ValueKind::Table(_), _) => {
                return Err(Invalid::new(full, "is a section, not a value"));
            }
            (_, ValueKind::Table(_)) => {
                return Err(Invalid::new(full, "is a value, not a section"));
            }
            _ => {}
        }
    }
    Ok(())
}
