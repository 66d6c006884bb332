//! Who may call what, seen from outside and compared with the table that was
//! approved (I25).

use std::{fmt::Write as _, fs, path::Path};

use access::{
    Role,
    roles::{ROLES, Span, span},
};
use api::access::v1::Permission;
use company::Company;
use futures::{StreamExt as _, stream};
use ids::{AccountId, EdgeId};
use testkit::Callers;

use super::{
    catalogue::{Rpc, rpcs},
    wire::{Call, info},
};
use crate::world::{World, tell};

const AT_ONCE: usize = 8;
const APPROVED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/contract/access_matrix.txt");
/// Set it to write the table anew.
const UPDATE: &str = "UPDATE_ACCESS_MATRIX";

/// Everybody there is, by the head of their column.
fn everybody(callers: &Callers, account: AccountId) -> Vec<(&'static str, Option<Role>, String)> {
    let all = all_permissions();
    let mut everybody: Vec<_> = ROLES
        .iter()
        .map(|&role| {
            (
                role.as_str(),
                Some(role),
                callers.person(account).with_roles(&[role]).token(),
            )
        })
        .collect();
    everybody.push(("service", None, callers.service(Some(account), &all)));
    everybody.push(("platform", None, callers.service(None, &all)));
    everybody.push(("edge", None, callers.edge(EdgeId::generate(), &all)));
    everybody
}

fn all_permissions() -> Vec<Permission> {
    (1..=i32::from(u8::MAX))
        .filter_map(|number| Permission::try_from(number).ok())
        .collect()
}

/// Whether the caller came past the policy layer.
async fn admitted(world: &World, rpc: &Rpc, token: &str) -> bool {
    match Call::new()
        .bearer(token)
        .to(&rpc.address(world), rpc.path)
        .await
    {
        Ok(_) => true,
        Err(status) => !info(&status).is_some_and(|info| {
            info.domain == "strowger.dev"
                && ["PERMISSION_MISSING", "AUDIENCE_MISMATCH", "POLICY_MISSING"]
                    .contains(&info.reason.as_str())
        }),
    }
}

/// What stands in a cell: `-`, or how far the caller reaches.
fn cell(rpc: &Rpc, role: Option<Role>, admitted: bool) -> &'static str {
    let declared = role.and_then(|role| span(role, rpc.policy.permission()));
    match (admitted, rpc.policy.is_open(), role, declared) {
        (false, ..) => "-",
        (true, true, ..) => "open",
        (true, false, None, _) => "yes",
        (true, false, Some(_), Some(Span::Account)) => "account",
        (true, false, Some(_), Some(Span::Groups)) => "groups",
        (true, false, Some(_), Some(Span::Own)) => "own",
        // Let in without holding the permission: must never be approved.
        (true, false, Some(_), None) => "!!!",
    }
}

async fn matrix(world: &World, account: AccountId) -> String {
    let everybody = everybody(&world.forge().await, account);
    let mut table = format!("{:64}", "method");
    for (name, ..) in &everybody {
        write!(table, "{name:>12}").unwrap();
    }
    let rows: Vec<String> = stream::iter(rpcs())
        .map(|rpc| {
            let everybody = &everybody;
            async move {
                let mut row = format!("{:64}", rpc.path.trim_start_matches("/strowger."));
                for (_, role, token) in everybody {
                    let cell = cell(&rpc, *role, admitted(world, &rpc, token).await);
                    write!(row, "{cell:>12}").unwrap();
                }
                row
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    table.push('\n');
    table.push_str(&rows.join("\n"));
    table.push('\n');
    table
}

#[test]
fn the_access_matrix_is_the_approved_one() {
    tell(async |world| {
        let company: Company = world.platform.found("Matrix").await.unwrap();
        let seen = matrix(world, company.account_id().parse().unwrap()).await;
        assert!(
            !seen.contains("!!!"),
            "somebody is let in without the permission:\n{seen}"
        );
        let approved = fs::read_to_string(Path::new(APPROVED)).unwrap_or_default();
        if seen != approved && std::env::var_os(UPDATE).is_some() {
            fs::write(APPROVED, &seen).unwrap();
            return;
        }
        assert!(
            seen == approved,
            "the rights have changed:\n{}\nIf that is meant, run \
             `{UPDATE}=1 make test ARGS=\"-p mesh-tests access_matrix\"` and let {APPROVED} be reviewed.",
            difference(&approved, &seen),
        );
    });
}

/// The lines that differ.
fn difference(approved: &str, seen: &str) -> String {
    let gone = approved
        .lines()
        .filter(|line| !seen.lines().any(|other| other == *line));
    let come = seen
        .lines()
        .filter(|line| !approved.lines().any(|other| other == *line));
    gone.map(|line| format!("- {line}"))
        .chain(come.map(|line| format!("+ {line}")))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_changed_right_shows() {
    let approved = "a  -  yes\nb  yes  yes\n";
    assert_eq!(
        difference(approved, "a  yes  yes\nb  yes  yes\n"),
        "- a  -  yes\n+ a  yes  yes"
    );
}
