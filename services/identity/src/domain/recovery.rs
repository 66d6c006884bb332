//! Recovery codes (ID-3): what is on paper when the authenticator is gone.

use std::fmt;

use base32::Alphabet::Crockford;
use zeroize::Zeroizing;

/// How many somebody gets.
pub const COUNT: usize = 10;
/// 80 random bits: nobody guesses one, so a keyed digest of it is enough.
pub const BYTES: usize = 10;
/// What the paper shows between two hyphens.
const GROUP: usize = 4;

/// One code. Never printed but on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(Zeroizing<[u8; BYTES]>);

impl RecoveryCode {
    /// The code of these random bytes.
    #[must_use]
    pub fn new(bytes: [u8; BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The code that somebody copied from paper, `None` if it cannot be one. Letters that look
    /// like digits are read as such.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(base32::decode(Crockford, text)?);
        bytes.as_slice().try_into().ok().map(Self::new)
    }

    /// What it is made of.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// For its owner: `7k3m-x2qv-0b9d-hw5t`.
    #[must_use]
    pub fn reveal(&self) -> String {
        let text = Zeroizing::new(base32::encode(Crockford, &*self.0).to_ascii_lowercase());
        let mut shown = String::with_capacity(text.len() + text.len() / GROUP);
        for (at, letter) in text.chars().enumerate() {
            if at > 0 && at % GROUP == 0 {
                shown.push('-');
            }
            shown.push(letter);
        }
        shown
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}
