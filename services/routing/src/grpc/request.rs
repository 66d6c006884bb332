//! Checking what came in: every wrong field is named, by its full path, at once.

use std::str::FromStr;

use api::access::v1::ErrorReason;
use fault::{Fault, Violations};

/// Digits of an E.164 number, after the `+`.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 2..=15;

/// A request whose only field is an id.
pub(super) fn id<T>(field: &'static str, text: &str) -> Result<T, Fault>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let mut violations = Violations::new();
    let id = violations.root().parse(field, text);
    violations.finish(ErrorReason::FieldsInvalid, id)
}

/// Ends the checks.
pub(super) fn finish<T>(violations: Violations, made: Option<T>) -> Result<T, Fault> {
    violations.finish(ErrorReason::FieldsInvalid, made)
}

/// Whether a text is a number in E.164 with its `+`.
pub(super) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        E164_DIGITS.contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a text has at most so many characters, none of them a control character.
pub(super) fn is_plain(text: &str, longest: usize) -> bool {
    text.chars().count() <= longest && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::is_e164;

    #[test]
    fn e164_is_strict() {
        for good in ["+442071838750", "+18005551234", "+999"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "+1",
            "442071838750",
            "+04420",
            "+44 20",
            "+1234567890123456",
            "+44٣",
        ] {
            assert!(!is_e164(bad), "{bad}");
        }
    }
}
