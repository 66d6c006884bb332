//! What people need to know about a mesh that is up.

use std::path::PathBuf;

use mesh::Service;

use crate::{
    home::{Home, Running},
    say::say,
    table::Table,
};

/// Prints every address, the sign-in, and what to try.
pub(super) fn print(home: &Home, running: &Running) {
    say(format_args!("\n{}", addresses(home, running).body(2)));
    let Ok(Some(credentials)) = home.credentials() else {
        return;
    };
    let (email, password) = (&credentials.email, &credentials.password);
    say(format_args!(
        "  The demo company {}: its owner signs in as",
        credentials.account
    ));
    say(format_args!("    {email}  {password}\n"));
    let host = |service| running.services.get(service).trim_start_matches("http://");
    say("  Try, with grpcurl or without:");
    say(format_args!(
        "    TOKEN=$(grpcurl -plaintext -d '{{\"email\":\"{email}\",\"password\":\"{password}\"}}' \
         {} strowger.identity.v1.AuthService/SignIn | sed -n 's/.*\"accessToken\": \"\\(.*\\)\".*/\\1/p')",
        host(Service::Identity)
    ));
    say(format_args!(
        "    grpcurl -plaintext -H \"authorization: Bearer $TOKEN\" {} \
         strowger.reporting.v1.CallRecordService/ListCallRecords",
        host(Service::Reporting)
    ));
    say(format_args!("    {} call list\n", program()));
}

/// How this program was called, for commands to copy.
pub(super) fn program() -> String {
    let here = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("strowger"));
    let from = std::env::current_dir().unwrap_or_default();
    here.strip_prefix(from)
        .unwrap_or(&here)
        .display()
        .to_string()
}

fn addresses(home: &Home, running: &Running) -> Table {
    let mut table = Table::new(&["", ""]).left(2);
    for service in Service::ALL {
        table.row([service.name(), running.services.get(service)]);
    }
    table.row(["Postgres", &running.postgres]);
    table.row(["Redis", &running.redis]);
    table.row(["logs", &home.mesh().join("*.log").display().to_string()]);
    table
}
