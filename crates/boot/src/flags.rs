use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// What every service understands on its command line.
#[derive(Debug, Parser)]
#[command(
    version,
    about = "A service of the Strowger mesh.",
    disable_help_subcommand = true
)]
pub(crate) struct Flags {
    /// A TOML file over the compiled-in defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// One setting over everything else; may be repeated.
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,

    /// Print the settings in force, without secrets, and exit.
    #[arg(long)]
    pub(crate) print_config: bool,

    /// Write the address to this file, whole, once it is listened on.
    #[arg(long, value_name = "FILE")]
    pub(crate) addr_file: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Command {
    /// Bring the database up to date, and exit.
    Migrate,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be section.key=value".to_owned()),
    }
}
