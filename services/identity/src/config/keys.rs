//! One `[platform_keys.<name>]` table.

use access::permission;
use boot::{Invalid, section::Names};
use serde::Deserialize;

use crate::domain::platform_key::{PlatformKey, PlatformKind};

/// As written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    secret_sha256: String,
    audience: String,
    permissions: Names,
}

impl Key {
    /// As meant.
    pub(super) fn read(&self, name: &str) -> Result<PlatformKey, Invalid> {
        let invalid = |field: &str, problem: String| {
            Invalid::new(format!("platform_keys.{name}.{field}"), problem)
        };
        let secret_sha256 = sha256_from_hex(&self.secret_sha256).ok_or_else(|| {
            invalid(
                "secret_sha256",
                "must be a SHA-256 in 64 hex digits".to_owned(),
            )
        })?;
        let kind = match self.audience.as_str() {
            "SERVICE" => PlatformKind::Service,
            "EDGE" => PlatformKind::Edge,
            _ => return Err(invalid("audience", "must be SERVICE or EDGE".to_owned())),
        };
        let permissions = self.permissions.iter().map(|name| {
            permission::named(name)
                .ok_or_else(|| invalid("permissions", format!("{name:?} is not a permission")))
        });
        let permissions = permissions.collect::<Result<_, _>>()?;
        Ok(PlatformKey {
            name: name.to_owned(),
            secret_sha256,
            kind,
            permissions,
        })
    }
}

fn sha256_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}
