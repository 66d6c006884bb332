use super::Config;

fn refused(key: &str, value: &str) -> String {
    let invalid = boot::settings::<Config>("directory", &[(key, value)]).unwrap_err();
    invalid.key().to_owned()
}

#[test]
fn the_documented_defaults_work() {
    let config = boot::settings::<Config>("directory", &[]).unwrap();
    assert_eq!(config.retention.answers().num_hours(), 24);
    assert!(config.plans.cached > 0);
}

#[test]
fn a_setting_out_of_bounds_is_named() {
    for (key, value) in [
        ("plans.cached", "0"),
        ("plans.account_refresh_seconds", "0"),
        ("retention.answer_hours", "23"),
        ("retention.sweep_seconds", "86401"),
        ("plans.cache", "1"),
    ] {
        assert_eq!(refused(key, value), key);
    }
}
