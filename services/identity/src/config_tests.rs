use access::Permission;

use super::*;
use crate::domain::platform_key::PlatformKind;

const MASTER: (&str, &str) = (
    "vault.master_key",
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
);
const PEPPER: (&str, &str) = ("passwords.pepper", "a pepper for the tests");
const SECRET: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn settings(more: &[(&str, &str)]) -> Result<Config, String> {
    let all = [&[MASTER, PEPPER], more].concat();
    boot::settings::<Config>("identity", &all).map_err(|invalid| invalid.to_string())
}

#[test]
fn the_defaults_need_only_the_secrets() {
    let config = settings(&[]).unwrap();
    assert_eq!(*config.master_key().unwrap(), [1; 32]);
    assert_eq!(
        config.hash_cost(),
        Cost {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1
        }
    );
    assert!(config.hash_concurrency() >= 1);
    assert!(config.platform_keys().unwrap().is_empty());
}

#[test]
fn a_bad_value_is_refused_by_name() {
    let cases = [
        (
            ("vault.master_key", "AQEB"),
            "vault.master_key: must be 32 bytes in base64",
        ),
        (
            ("vault.master_key", ""),
            "vault.master_key: must be set, or vault.master_key_file",
        ),
        (
            ("vault.master_key_file", "/x"),
            "vault.master_key: is set together with vault.master_key_file; choose one",
        ),
        (
            ("passwords.pepper", "short"),
            "passwords.pepper: must have at least 16 characters",
        ),
        (
            ("passwords.memory_kib", "1024"),
            "passwords.memory_kib: must be 19456 to 1048576",
        ),
        (
            ("passwords.passes", "0"),
            "passwords.passes: must be 2 to 100",
        ),
        (
            ("tokens.access_seconds", "0"),
            "tokens.access_seconds: must be 30 to 3600",
        ),
        (("retention.days", "0"), "retention.days: must be 1 to 3650"),
        (
            ("signing_keys.service_seconds", "60"),
            "signing_keys.service_seconds: must be longer: at most 16 keys can be published at once",
        ),
    ];
    for (setting, line) in cases {
        assert_eq!(settings(&[setting]).err().as_deref(), Some(line));
    }
    let missing = settings(&[
        ("passwords.pepper", ""),
        ("passwords.pepper_file", "/nowhere"),
    ])
    .unwrap_err();
    assert!(missing.starts_with("passwords.pepper_file: "), "{missing}");
}

#[test]
fn secrets_are_never_printed() {
    let shown = format!("{:?}", settings(&[]).unwrap());
    assert!(
        !shown.contains("AQEB") && !shown.contains("a pepper"),
        "{shown}"
    );
}

#[test]
fn platform_keys_are_read_from_lists_and_lines() {
    let config = settings(&[
        ("platform_keys.edge.secret_sha256", SECRET),
        ("platform_keys.edge.audience", "EDGE"),
        ("platform_keys.edge.permissions", "EDGE_REPORT"),
    ]);
    let keys = config.unwrap().platform_keys().unwrap();
    assert_eq!(keys[0].name, "edge");
    assert_eq!(keys[0].kind, PlatformKind::Edge);
    assert_eq!(keys[0].permissions, [Permission::EdgeReport]);
    assert_eq!(keys[0].secret_sha256[..2], [0x9f, 0x86]);

    let wrong = settings(&[
        ("platform_keys.edge.secret_sha256", SECRET),
        ("platform_keys.edge.audience", "EDGE"),
        ("platform_keys.edge.permissions", "EDGE_REPORT,FLY"),
    ]);
    assert_eq!(
        wrong.unwrap_err(),
        "platform_keys.edge.permissions: \"FLY\" is not a permission"
    );
}
