//! Public telephone numbers.

use std::{fmt, str::FromStr};

/// An ISO 3166-1 alpha-2 country whose numbering plan is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Country(phonenumber::country::Id);

/// Not a country whose numbers we can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an upper-case ISO 3166-1 alpha-2 country code such as US")]
pub struct CountryError;

impl FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| CountryError)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A number in the form of ITU-T E.164 with `+`, dialled from anywhere: `+493012345678`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(Box<str>);

/// Not a number that can be called from anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// No number at all: letters, an extension, another kind of address.
    #[error(
        "must be a telephone number such as +49 30 1234567, in ASCII digits, without an extension"
    )]
    Unreadable,
    /// Emergency numbers, short codes and wrong lengths end here: nobody can own them, and no
    /// machine may dial them on its own.
    #[error("must be a number that exists in its country's numbering plan")]
    NotAssigned,
    /// Readable, but not in the one form that is kept and compared.
    #[error("must be in E.164 form with +, such as +493012345678")]
    NotE164,
}

impl E164 {
    /// Longer texts are refused unread.
    const MAX_TEXT: usize = 40;

    /// Reads a number as people write it, nationally as in `home`: `(030) 1234567`,
    /// `tel:+49-30-1234567`.
    pub fn read(text: &str, home: Country) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix("tel:").unwrap_or(text).trim_matches(' ');
        // The library also reads letters, extensions and digits of other scripts. Two texts that
        // look alike must not become different numbers, so only the plain form goes in.
        let plain =
            |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '/' | '(' | ')');
        if digits.len() > Self::MAX_TEXT || !digits.chars().all(plain) {
            return Err(PhoneError::Unreadable);
        }
        let number =
            phonenumber::parse(Some(home.0), digits).map_err(|_| PhoneError::Unreadable)?;
        if !number.is_valid() {
            return Err(PhoneError::NotAssigned);
        }
        let text = number.format().mode(phonenumber::Mode::E164).to_string();
        Ok(Self(text.into()))
    }

    /// The country whose plan the number is of; none for numbers of the world, such as +800.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        phonenumber::parse(None, &self.0)
            .ok()?
            .country()
            .id()
            .map(Country)
    }

    /// A number that was checked when it was taken in. Numbering plans change, and a number
    /// that has gone from its plan must not make the plan of its account unreadable.
    pub fn kept(text: &str) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix('+').ok_or(PhoneError::NotE164)?;
        if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneError::NotE164);
        }
        Ok(Self(text.into()))
    }

    /// With the `+`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for E164 {
    type Err = PhoneError;

    /// The canonical form only, and only numbers that exist.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let kept = Self::kept(text)?;
        let number = phonenumber::parse(None, text).map_err(|_| PhoneError::NotAssigned)?;
        if !number.is_valid() {
            return Err(PhoneError::NotAssigned);
        }
        let canonical = number.format().mode(phonenumber::Mode::E164).to_string();
        if canonical == text {
            Ok(kept)
        } else {
            Err(PhoneError::NotE164)
        }
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Numbers that reach the emergency services from any mobile telephone (3GPP TS 22.101, 10.1.1).
/// No company may give them another meaning.
pub const EMERGENCY: [&str; 8] = ["000", "08", "110", "112", "118", "119", "911", "999"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, home: &str) -> Result<String, PhoneError> {
        E164::read(text, home.parse().unwrap()).map(|number| number.to_string())
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let cases = [
            ("030 901820", "DE", "+4930901820"),
            ("(030) 90 18 20", "DE", "+4930901820"),
            ("+49 30 901820", "US", "+4930901820"),
            ("0049 30 901820", "DE", "+4930901820"),
            ("tel:+49-30-901820", "US", "+4930901820"),
            ("(212) 736-5000", "US", "+12127365000"),
            ("020 7946 0018", "GB", "+442079460018"),
        ];
        for (text, home, e164) in cases {
            assert_eq!(read(text, home).as_deref(), Ok(e164), "{text}");
            let number: E164 = e164.parse().unwrap();
            assert_eq!(number.as_str(), e164);
        }
        let number: E164 = "+442079460018".parse().unwrap();
        assert_eq!(number.country().unwrap().to_string(), "GB");
    }

    #[test]
    fn nobody_can_own_an_emergency_number() {
        for text in [
            "112", "110", "911", "999", "+49112", "+1911", "+44999", "0112", "+112", "+911",
        ] {
            for home in ["DE", "US", "GB"] {
                assert!(read(text, home).is_err(), "{text} in {home}");
            }
            assert!(text.parse::<E164>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let huge = "1".repeat(1 << 20);
        for text in [
            "",
            "+",
            "tel:",
            "sip:ada@example.com",
            "+49 30 901820 ext. 7",
            "+4930901820;ext=7",
            "1-800-FLOWERS",
            "+49309018２0",
            "+٤٩٣٠٩٠١٨٢٠",
            "+4930901820\0",
            "anonymous",
            "+1234567890123456",
            "' OR 1=1 --",
            &huge,
        ] {
            assert!(read(text, "DE").is_err(), "{text:.40}");
            assert!(text.parse::<E164>().is_err(), "{text:.40}");
        }
        for spaced in [
            "+49 30 901820",
            "004930901820",
            "tel:+4930901820",
            "+49(0)30901820",
        ] {
            assert_eq!(spaced.parse::<E164>(), Err(PhoneError::NotE164), "{spaced}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_is_canonical(
            text in "(tel:)?\\+?[0-9 ()./+-]{0,20}", home in prop::sample::select(vec!["DE", "US", "GB", "IT", "JP"]),
        ) {
            if let Ok(number) = E164::read(&text, home.parse().unwrap()) {
                prop_assert_eq!(number.as_str().parse::<E164>(), Ok(number));
            }
        }

        #[test]
        fn no_text_at_all_panics(text in "\\PC{0,30}") {
            let _ = text.parse::<E164>();
            let _ = E164::read(&text, "US".parse().unwrap());
        }
    }
}
