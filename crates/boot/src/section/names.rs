//! A list in the configuration.

use serde::Deserialize;

/// A list, or in the environment, which knows no lists, one line with commas between.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// A list.
    List(Vec<String>),
    /// One line.
    Line(String),
}

impl Names {
    /// The names.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (list, line) = match self {
            Self::List(list) => (list.as_slice(), ""),
            Self::Line(line) => (&[][..], line.as_str()),
        };
        let line = line
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        list.iter().map(String::as_str).chain(line)
    }
}
