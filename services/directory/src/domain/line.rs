//! One line of text that people wrote and other people read.

use std::{fmt, str::FromStr};

/// What a resource is called: 1 to 100 characters.
pub type Name = Line<1, 100>;

/// A note beside something: at most 100 characters, may be empty.
pub type Label = Line<0, 100>;

/// The name of a recording that the edge knows: 1 to 200 characters.
pub type Prompt = Line<1, 200>;

/// One line of `MIN` to `MAX` characters that looks like what it is: no control characters, no
/// invisible ones that reorder or hide text, no spaces at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MIN: usize, const MAX: usize>(Box<str>);

impl<const MIN: usize, const MAX: usize> Line<MIN, MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prompt {
    /// Said where a call ends because nobody is there; every edge knows it.
    #[must_use]
    pub fn closed() -> Self {
        Self("closed".into())
    }

    /// Said where a call ends because the caller chose nothing; every edge knows it.
    #[must_use]
    pub fn goodbye() -> Self {
        Self("goodbye".into())
    }
}

impl<const MIN: usize, const MAX: usize> fmt::Display for Line<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Too short or too long.
    #[error("must have {min} to {max} characters")]
    Length {
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// Control characters, line breaks, or characters that change how the text around them
    /// reads: a name must not be able to pose as another in a list or a log.
    #[error("must not contain control characters or invisible formatting")]
    Invisible,
    /// Spaces around it.
    #[error("must not begin or end with a space")]
    Padded,
}

impl<const MIN: usize, const MAX: usize> FromStr for Line<MIN, MAX> {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Bytes first: a megabyte is refused without counting its characters.
        let fits = text.len() <= MAX * 4 && (MIN..=MAX).contains(&text.chars().count());
        if !fits {
            return Err(LineError::Length { min: MIN, max: MAX });
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
        for name in ["Support", "Büro Köln", "नेहा", "می‌خواهم", "営業部", "x"]
        {
            assert_eq!(
                name.parse::<Name>().map(|name| name.to_string()),
                Ok(name.to_owned())
            );
        }
        assert!("".parse::<Label>().is_ok());
        assert!("é".repeat(100).parse::<Name>().is_ok());
        assert!("p".repeat(200).parse::<Prompt>().is_ok());
    }

    #[test]
    fn what_could_mislead_a_reader_is_refused() {
        let length = LineError::Length { min: 1, max: 100 };
        let cases = [
            ("", length),
            (&"é".repeat(101), length),
            (&"x".repeat(1 << 20), length),
            ("a\0b", LineError::Invisible),
            ("a\r\nb", LineError::Invisible),
            ("evil\u{202e}txt", LineError::Invisible),
            (" a", LineError::Padded),
            ("\u{a0}a", LineError::Padded),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Name>(), Err(error));
        }
    }
}
