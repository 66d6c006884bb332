//! One line of text that people wrote and other people read.

use std::{fmt, str::FromStr};

/// The longest line, in characters.
pub const MAX_CHARS: usize = 100;

/// A first name, a last name, the name of a company: 1 to 100 characters.
pub type Name = Line<1>;

/// A job title, the label of a client: at most 100 characters, may be empty.
pub type Label = Line<0>;

/// One line of `MIN` to 100 characters that looks like what it is: no control characters, no
/// invisible ones that reorder or hide text, no spaces at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MIN: usize>(Box<str>);

impl<const MIN: usize> Line<MIN> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize> fmt::Display for Line<MIN> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Too short or too long.
    #[error("must have {min} to {MAX_CHARS} characters")]
    Length {
        /// The fewest.
        min: usize,
    },
    /// Control characters, line breaks, or characters that change how the text around them
    /// reads: a name must not be able to pose as another in a list or a log.
    #[error("must not contain control characters or invisible formatting")]
    Invisible,
    /// Spaces around it.
    #[error("must not begin or end with a space")]
    Padded,
}

impl<const MIN: usize> FromStr for Line<MIN> {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Bytes first: a megabyte is refused without counting its characters.
        let fits = text.len() <= MAX_CHARS * 4 && (MIN..=MAX_CHARS).contains(&text.chars().count());
        if !fits {
            return Err(LineError::Length { min: MIN });
        }
        if text.chars().any(|c| c.is_control() || reorders_or_hides(c)) {
            return Err(LineError::Invisible);
        }
        if text.trim() != text {
            return Err(LineError::Padded);
        }
        Ok(Self(text.into()))
    }
}

/// Line and paragraph separators, bidirectional controls (Unicode TR 9), zero-width characters
/// other than the joiners that Persian and Indic names and emoji need, and the byte order mark.
fn reorders_or_hides(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_world_pass() {
        for name in ["Li", "O'Brien", "José-María", "नेहा", "می‌خواهم", "山田", "x"]
        {
            assert_eq!(
                name.parse::<Name>().map(|name| name.to_string()),
                Ok(name.to_owned())
            );
        }
        assert!("".parse::<Label>().is_ok());
        assert!("é".repeat(100).parse::<Name>().is_ok());
    }

    #[test]
    fn what_could_mislead_a_reader_is_refused() {
        let long = "x".repeat(1 << 20);
        let cases = [
            ("", LineError::Length { min: 1 }),
            (&"é".repeat(101), LineError::Length { min: 1 }),
            (&long, LineError::Length { min: 1 }),
            ("a\0b", LineError::Invisible),
            ("a\r\nb", LineError::Invisible),
            ("evil\u{202e}txt", LineError::Invisible),
            ("a\u{200b}b", LineError::Invisible),
            (" a", LineError::Padded),
            ("\u{a0}a", LineError::Padded),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Name>(), Err(error));
        }
    }
}
