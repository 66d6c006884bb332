use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    server: section::Server,
    telemetry: section::Telemetry,
    identity: section::Identity,
}

impl Settings for Example {
    const DEFAULTS: &'static str = include_str!("../../sections.toml");

    fn server(&self) -> &section::Server {
        &self.server
    }

    fn telemetry(&self) -> &section::Telemetry {
        &self.telemetry
    }

    fn identity(&self) -> Option<&section::Identity> {
        Some(&self.identity)
    }

    fn validate(&self) -> Result<(), Invalid> {
        match self.server.max_in_flight {
            0 => Err(Invalid::new("server.max_in_flight", "must be at least 1")),
            _ => Ok(()),
        }
    }
}

fn environment(variables: &[(&str, &str)]) -> Sources {
    Sources {
        environment: Some(
            variables
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        ),
        ..Sources::default()
    }
}

#[test]
fn the_later_source_wins() {
    let mut sources = environment(&[
        ("STROWGER_EXAMPLE__SERVER__LISTEN", "0.0.0.0:1"),
        ("STROWGER_EXAMPLE__SERVER__DRAIN_SECONDS", "7"),
        (
            "STROWGER_EXAMPLE__IDENTITY__PEER__ADDRESSES",
            "http://a:1, http://b:2",
        ),
        ("STROWGER_EXAMPLE__IDENTITY__KEY_SECRET", "12345"),
        ("STROWGER_OTHER__SERVER__LISTEN", "not for us"),
    ]);
    sources.overrides = vec![("server.listen".into(), "0.0.0.0:2".into())];
    let example: Example = read(merge::<Example>("example", sources).unwrap()).unwrap();
    assert_eq!(example.server.listen.port(), 2);
    assert_eq!(example.server.drain_seconds, 7);
    assert_eq!(
        example.identity.peer.addresses.0,
        ["http://a:1", "http://b:2"]
    );
    assert!(example.telemetry.endpoint.is_empty());
}

#[test]
fn what_is_wrong_is_named_in_one_line() {
    for (key, value) in [
        ("server.lisen", "x"),
        ("sever.listen", "x"),
        ("server.listen", "abc"),
        ("server.listen.port", "1"),
        ("server.drain_seconds", "-1"),
        ("server.drain_seconds", "soon"),
        ("server.max_in_flight", "0"),
        ("server.reflection", "maybe"),
        ("server", "x"),
        ("telemetry.format", "xml"),
        ("telemetry.sample_ratio", "much"),
        ("identity.peer.retries", "1e9"),
    ] {
        let error = settings::<Example>("example", &[(key, value)]).unwrap_err();
        let line = error.to_string();
        // A section that does not exist is named without what is in it.
        let expected = match key {
            "sever.listen" => "sever: ",
            "server.listen.port" => "server.listen: ",
            key => &format!("{key}: "),
        };
        assert!(line.starts_with(expected), "{key}={value}: {line}");
        assert!(!line.contains('\n'), "{line}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let sources = Sources {
        file: Some("/nowhere/x.toml".into()),
        ..environment(&[])
    };
    let error = merge::<Example>("example", sources).unwrap_err();
    assert_eq!(error.to_string(), "--config: /nowhere/x.toml is not a file");
}

#[test]
fn printed_settings_hold_no_secret() {
    let mut sources = environment(&[("STROWGER_EXAMPLE__IDENTITY__KEY_SECRET", "hunter2")]);
    sources.overrides = vec![(
        "telemetry.endpoint".into(),
        "http://me:hunter2@otel:4317".into(),
    )];
    let printed = redacted(&merge::<Example>("example", sources).unwrap()).unwrap();
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(printed.contains("key_secret = \"***\""), "{printed}");
    assert!(printed.contains("http://me:***@otel:4317"), "{printed}");
    assert!(printed.contains("listen = \"127.0.0.1:7000\""), "{printed}");
}
