use crate::base32::DIGITS;

/// A text that is not an id of the expected kind. It never repeats the text, which came from
/// outside and may be long or hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `{expected}_` followed by {DIGITS} characters: {cause}")]
pub struct IdError {
    /// The prefix of the kind that was expected.
    pub expected: &'static str,
    /// What is wrong with the text.
    pub cause: Cause,
}

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// It starts with something else: empty, or an id of another kind.
    #[error("it starts differently")]
    Prefix,
    /// It is cut off or goes on too long.
    #[error("its length is wrong")]
    Length,
    /// It has a character outside the lower-case alphabet (which has no i, l, o or u).
    #[error("it has a character that ids do not use")]
    Character,
    /// Its first character is above 7: more than 128 bits.
    #[error("its value is too large")]
    Range,
}
