//! Which passwords are good enough (ID-3; NIST 800-63B-4 §3.1.1.2, OWASP ASVS 5 §6.2).
//!
//! Length and rarity, no composition rules. Used exactly as received: spaces and emoji count,
//! nothing is trimmed or normalised away.

use std::fmt;

use zeroize::Zeroizing;

/// The fewest characters.
pub const MIN_CHARS: usize = 12;
/// The most characters; enough for any passphrase, and a bound for the hash.
pub const MAX_CHARS: usize = 128;
/// A password that an attacker reaches within this many guesses is common: it is in the lists
/// of leaked passwords, dictionaries and keyboard patterns that zxcvbn ships, or one step away.
const FEWEST_GUESSES_LOG10: f64 = 8.0;

/// A password as typed. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// Why a password is refused. Never says anything about the password itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    /// Too short or too long.
    #[error("must have {MIN_CHARS} to {MAX_CHARS} characters")]
    Length,
    /// In a list of common passwords, or made of the person's own name.
    #[error("is too common or too close to your own name; choose something rarer")]
    Common,
}

impl Password {
    /// What somebody typed at sign-in. Too long to be anybody's password is `None`.
    #[must_use]
    pub fn typed(text: String) -> Option<Self> {
        let text = Zeroizing::new(text);
        fits(&text, 0).then_some(Self(text))
    }

    /// A password for the future. `personal` is what everybody knows about its owner: names,
    /// e-mail address, company.
    pub fn chosen(text: String, personal: &[&str]) -> Result<Self, Unacceptable> {
        let text = Zeroizing::new(text);
        if !fits(&text, MIN_CHARS) {
            return Err(Unacceptable::Length);
        }
        let personal: Vec<&str> = personal.iter().flat_map(|text| parts(text)).collect();
        if zxcvbn::zxcvbn(&text, &personal).guesses_log10() < FEWEST_GUESSES_LOG10 {
            return Err(Unacceptable::Common);
        }
        Ok(Self(text))
    }

    /// The bytes to hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

fn fits(text: &str, min: usize) -> bool {
    text.len() <= MAX_CHARS * 4 && (min..=MAX_CHARS).contains(&text.chars().count())
}

/// The whole and its words; short words would hit too much.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 2);
    std::iter::once(text).chain(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: [&str; 3] = ["Ada", "Lovelace", "ada@example.com"];

    fn verdict(text: &str) -> Result<(), Unacceptable> {
        Password::chosen(text.to_owned(), &ADA).map(drop)
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert_eq!(verdict("kZ4#vq8!mTp"), Err(Unacceptable::Length));
        assert_eq!(verdict("kZ4#vq8!mTpw"), Ok(()));
        assert_eq!(verdict("🦀🐢🦉🐙🦊🐝🦋🐬🦚🐿🦔🐳"), Ok(()));
        let long: String = (0..128_u32)
            .filter_map(|n| char::from_u32(0x4e00 + n * 7919 % 20000))
            .collect();
        assert_eq!(verdict(&long), Ok(()));
        assert_eq!(verdict(&format!("{long}x")), Err(Unacceptable::Length));
        assert_eq!(verdict(&"x".repeat(1 << 20)), Err(Unacceptable::Length));
    }

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for common in [
            "password1234",
            "passwordpassword",
            "123456789012",
            "qwertyuiop12",
            "aaaaaaaaaaaa",
            "iloveyou1234",
            "abcdefghijkl",
            "lovelace2024",
            "lovelacelovelace",
            "ada@example.com",
            "Password1234",
        ] {
            assert_eq!(verdict(common), Err(Unacceptable::Common), "{common}");
        }
    }

    #[test]
    fn no_composition_rules() {
        for good in [
            "correct horse battery staple",
            "just some rarely heard words",
            "  spaces at both ends  ",
        ] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let password = Password::typed("hunter2-hunter2".to_owned());
        assert_eq!(format!("{password:?}"), "Some(Password(…))");
        assert!(Password::typed("x".repeat(129)).is_none());
    }
}
