//! Dependencies point one way, dev-dependencies included.

use cargo_metadata::{DependencyKind, MetadataCommand};

/// From the ground up: a crate may depend on its own storey and on those below.
const STOREYS: &[&[&str]] = &[
    &["ids", "clock", "fault", "sandbox"],
    &["api"],
    &["access", "live", "store", "telemetry"],
    &["rpc", "testkit"],
    &["boot", "company", "edge", "mesh"],
    SERVICES,
    &["cli", "mesh-tests", "fuzz"],
];
const SERVICES: &[&str] = &["identity", "directory", "presence", "routing", "reporting"];

/// Tests stand on it on every storey; nothing else does.
const TESTKIT: &str = "testkit";

struct Edge {
    from: String,
    to: String,
    for_tests: bool,
}

/// Why an edge may not be, if it may not.
fn violation(edge: &Edge) -> Option<String> {
    let Edge {
        from,
        to,
        for_tests,
    } = edge;
    let storey = |name: &str| STOREYS.iter().position(|storey| storey.contains(&name));
    let (Some(upper), Some(lower)) = (storey(from), storey(to)) else {
        return Some(format!(
            "{from} or {to} has no storey; give it one in architecture.rs"
        ));
    };
    if to == TESTKIT {
        return (!for_tests).then(|| format!("{from} → {to}: only tests may"));
    }
    if SERVICES.contains(&from.as_str()) && SERVICES.contains(&to.as_str()) {
        return Some(format!(
            "{from} → {to}: services know each other by their API only"
        ));
    }
    (lower > upper).then(|| format!("{from} → {to}: dependencies point down"))
}

fn edges() -> Vec<Edge> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(root)
        .no_deps()
        .exec()
        .unwrap();
    let packages = metadata.workspace_packages();
    let ours: Vec<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let edges = packages.iter().flat_map(|package| {
        package
            .dependencies
            .iter()
            .filter(|to| ours.contains(&to.name.as_str()))
            .map(|to| Edge {
                from: package.name.to_string(),
                to: to.name.clone(),
                for_tests: to.kind == DependencyKind::Development,
            })
    });
    edges.collect()
}

#[test]
fn dependencies_point_one_way() {
    let edges = edges();
    assert!(edges.len() > 30, "cargo metadata shows the workspace");
    let violations: Vec<String> = edges.iter().filter_map(violation).collect();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn a_planted_violation_is_found() {
    let planted = [
        ("routing", "presence", false, "by their API only"),
        ("routing", "presence", true, "by their API only"),
        ("live", "rpc", false, "point down"),
        ("fault", "api", true, "point down"),
        ("store", "testkit", false, "only tests may"),
        ("store", "common", false, "has no storey"),
    ];
    for (from, to, for_tests, why) in planted {
        let edge = Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            for_tests,
        };
        let found = violation(&edge).unwrap_or_else(|| panic!("{from} → {to} passes"));
        assert!(found.contains(why), "{found}");
    }
    let testkit = Edge {
        from: "store".to_owned(),
        to: TESTKIT.to_owned(),
        for_tests: true,
    };
    assert!(violation(&testkit).is_none());
}
