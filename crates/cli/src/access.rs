//! `strowger access matrix`: every RPC and who may call it.

use std::process::ExitCode;

use access::{
    Permission,
    roles::{ROLES, Span, span},
};
use api::{
    access::v1::{Audience, Scope},
    policy::{Policy, TABLE},
};
use clap::{Subcommand, ValueEnum};

use crate::{say::print, table::Table};

/// Ask who may do what.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print every RPC of the mesh with the reach each role has through it.
    ///
    /// The table is compiled in from the `policy` options of the protos and the
    /// role table, the same two that the services enforce; no server is needed.
    ///
    /// own: one's own data; groups: also the queues and groups granted with the
    /// role; account: everything of the company; any: without signing in; a dot:
    /// not at all. RPCs for services and edges need a key with the permission.
    /// Sensitive ones are refused while a service does not know which tokens
    /// are revoked.
    Matrix {
        /// How to write it.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// How to write a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns.
    Text,
    /// Comma-separated values.
    Csv,
    /// A table in a Markdown file.
    Markdown,
}

pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Matrix { format } = command;
    let table = matrix();
    let text = match format {
        Format::Text => table.aligned(0),
        Format::Csv => table.csv()?,
        Format::Markdown => table.markdown(),
    };
    print(text);
    Ok(ExitCode::SUCCESS)
}

fn matrix() -> Table {
    let roles = ROLES.map(|role| role.as_str().to_lowercase());
    let mut head = vec!["rpc", "permission", "callers", "sensitive"];
    head.extend(roles.iter().map(String::as_str));
    let mut table = Table::new(&head).left(head.len());
    for policy in TABLE {
        let mut row = vec![
            name(policy),
            permission(policy),
            callers(policy),
            sensitive(policy).to_owned(),
        ];
        row.extend(ROLES.map(|role| match policy.is_open() {
            true => "any".to_owned(),
            false => reach(policy, span(role, policy.permission())).to_owned(),
        }));
        table.row(row);
    }
    table
}

/// `identity.AuthService/SignIn`.
fn name(policy: &Policy) -> String {
    policy
        .path
        .trim_start_matches("/strowger.")
        .replace(".v1.", ".")
}

fn permission(policy: &Policy) -> String {
    match policy.permission() {
        Permission::Unspecified => "–".to_owned(),
        named => named
            .as_str_name()
            .trim_start_matches("PERMISSION_")
            .to_owned(),
    }
}

fn callers(policy: &Policy) -> String {
    let words = [
        (Audience::Open, "anybody"),
        (Audience::Person, "people"),
        (Audience::Service, "services"),
        (Audience::Edge, "edges"),
    ];
    let admitted = words
        .iter()
        .filter(|(audience, _)| policy.admits(*audience));
    admitted
        .map(|(_, word)| *word)
        .collect::<Vec<_>>()
        .join("+")
}

fn sensitive(policy: &Policy) -> &'static str {
    match policy.sensitive {
        true => "yes",
        false => "·",
    }
}

/// A role reaches no further than the method does.
fn reach(policy: &Policy, span: Option<Span>) -> &'static str {
    if !policy.admits(Audience::Person) {
        return "·";
    }
    match (span, policy.scope()) {
        (None, _) => "·",
        (Some(_), Scope::Own) | (Some(Span::Own), _) => "own",
        (Some(_), Scope::Group) | (Some(Span::Groups), _) => "groups",
        (Some(Span::Account), _) => "account",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(rpc: &str) -> Vec<String> {
        let csv = matrix().csv().unwrap();
        let row = csv.lines().find(|line| line.starts_with(rpc)).unwrap();
        row.split(',').skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn every_rpc_has_a_row() {
        assert_eq!(matrix().csv().unwrap().lines().count(), TABLE.len() + 1);
    }

    #[test]
    fn shows_how_far_each_role_reaches() {
        assert_eq!(
            row("reporting.StatisticsService/GetQueueStatistics"),
            [
                "STATISTICS_READ",
                "people+services",
                "·",
                "account",
                "account",
                "groups",
                "own",
                "own",
                "own"
            ]
        );
        let anybody = [
            "–", "anybody", "·", "any", "any", "any", "any", "any", "any",
        ];
        assert_eq!(row("identity.AuthService/SignIn"), anybody);
        let edges = ["EDGE_REPORT", "edges", "·", "·", "·", "·", "·", "·", "·"];
        assert_eq!(row("routing.EdgeService/Attach"), edges);
        assert_eq!(row("identity.AccessService/GrantRole")[2], "yes");
    }
}
