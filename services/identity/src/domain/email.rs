//! The login.

use std::{fmt, str::FromStr};

use email_address::{EmailAddress, Options};

/// An e-mail address, kept as written and compared without case.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    text: Box<str>,
    key: Box<str>,
}

impl Email {
    /// As its owner writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What uniqueness and sign-in compare.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Masked: an address is personal data and has no place in a log.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A text that cannot be a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as ada@example.com, in ASCII, of at most 254 characters")]
pub struct EmailError;

impl FromStr for Email {
    type Err = EmailError;

    /// RFC 5321 addresses of the plain kind. ASCII only, because two logins that look the same
    /// (`а` and `a`) would be a way to pose as somebody; a domain in another script is written
    /// in its `xn--` form.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const MAX_LEN: usize = 254;
        let plain = text.len() <= MAX_LEN && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || text.contains(['"', '\\', '(', ')']) {
            return Err(EmailError);
        }
        let options = Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        EmailAddress::parse_with_options(text, options).map_err(|_| EmailError)?;
        Ok(Self {
            text: text.into(),
            key: text.to_ascii_lowercase().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_make_another_login() {
        let parse = |text: &str| text.parse::<Email>().map(|email| email.key().to_owned());
        assert_eq!(parse("Ada@Example.COM"), parse("ada@example.com"));
        assert!(parse("a.b+tag@sub.example.co.uk").is_ok());
        assert!(parse("ada@xn--bcher-kva.example").is_ok());
    }

    #[test]
    fn what_is_not_plainly_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        let huge = "a".repeat(1 << 20);
        for text in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@@example.com",
            "a b@example.com",
            "ada@example.com\r\nBcc: x@y.zz",
            "ada\0@example.com",
            "аda@example.com",
            "Ada <ada@example.com>",
            "\"a b\"@example.com",
            "ada@[127.0.0.1]",
            "' OR 1=1 --",
            &long,
            &huge,
        ] {
            assert_eq!(text.parse::<Email>(), Err(EmailError), "{text:.40?}");
        }
    }
}
