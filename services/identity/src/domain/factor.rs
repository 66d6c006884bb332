//! Who must have a second factor, and what somebody types as one (ID-3).

use std::{fmt, str::FromStr};

use access::roles::{ROLES, Role, UnknownRole};
use zeroize::Zeroizing;

use super::{grant::Roles, recovery::RecoveryCode};

/// The roles whose holders must have a second factor. `USER` means everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactorPolicy(Vec<Role>);

impl FactorPolicy {
    /// These roles, in any order.
    #[must_use]
    pub fn new(roles: &[Role]) -> Self {
        let all = ROLES.into_iter();
        Self(all.filter(|role| roles.contains(role)).collect())
    }

    /// From the widest to the narrowest.
    #[must_use]
    pub fn as_slice(&self) -> &[Role] {
        &self.0
    }

    /// Whether somebody with these roles must have one.
    #[must_use]
    pub fn demands(&self, held: &Roles) -> bool {
        self.0.iter().any(|role| held.has(*role))
    }
}

/// The names with commas between, as the database and the audit trail hold it.
impl fmt::Display for FactorPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, role) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            role.fmt(f)?;
        }
        Ok(())
    }
}

impl FromStr for FactorPolicy {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let names = text.split(',').filter(|name| !name.is_empty());
        let roles: Vec<Role> = names.map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self::new(&roles))
    }
}

/// What somebody typed to prove a second factor. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// Six digits of an authenticator.
    Totp(Zeroizing<String>),
    /// One of the codes on paper.
    Recovery(RecoveryCode),
}

impl Code {
    /// `None` is nobody's code. Spaces and hyphens are how people read codes, not part of them.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        /// More than any code has, even if every letter stands alone.
        const MAX_LEN: usize = 64;
        /// Of an authenticator.
        const DIGITS: usize = 6;
        if text.len() > MAX_LEN {
            return None;
        }
        let text: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .filter(|letter| !matches!(letter, ' ' | '-'))
                .collect(),
        );
        match text.len() {
            DIGITS => Some(Self::Totp(text)),
            _ => RecoveryCode::read(&text).map(Self::Recovery),
        }
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Totp(_) => "Totp(…)",
            Self::Recovery(_) => "Recovery(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn user_means_everybody_and_nothing_means_nobody() {
        let (admin, clerk) = (Roles::new([Role::Admin]), Roles::new([]));
        let admins = FactorPolicy::new(&[Role::Admin]);
        assert!(admins.demands(&admin) && !admins.demands(&clerk));
        let everybody = FactorPolicy::new(&[Role::User]);
        assert!(everybody.demands(&admin) && everybody.demands(&clerk));
        assert!(!FactorPolicy::default().demands(&admin));
    }

    #[test]
    fn a_policy_is_written_and_read() {
        let policy = FactorPolicy::new(&[Role::Technical, Role::Owner, Role::Technical]);
        assert_eq!(policy.to_string(), "OWNER,TECHNICAL");
        assert_eq!("OWNER,TECHNICAL".parse(), Ok(policy));
        assert_eq!("".parse(), Ok(FactorPolicy::default()));
        assert_eq!("KING".parse::<FactorPolicy>(), Err(UnknownRole));
    }

    #[test]
    fn codes_are_read_as_people_write_them() {
        let digits = Code::Totp(Zeroizing::new("287082".to_owned()));
        for text in ["287082", "287 082", " 287-082 "] {
            assert_eq!(Code::read(text), Some(digits.clone()));
        }
        for text in ["", "28708", "2870822", "x", "🦀", &"1".repeat(1 << 20)] {
            assert_eq!(Code::read(text), None, "{text:.20}");
        }
    }

    proptest! {
        #[test]
        fn a_recovery_code_survives_the_paper(bytes: [u8; 10]) {
            let code = RecoveryCode::new(bytes);
            let shown = code.reveal();
            prop_assert_eq!(shown.len(), 19);
            let read = Some(Code::Recovery(code));
            prop_assert_eq!(Code::read(&shown), read.clone());
            prop_assert_eq!(Code::read(&shown.to_uppercase().replace('-', " ")), read.clone());
            prop_assert_eq!(Code::read(&shown.replace('1', "l").replace('0', "o")), read);
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = Code::read(&text);
        }
    }
}
