use std::fmt;

/// Why a request failed, for programs: stable, documented, unique within its domain.
///
/// Implemented by every proto `ErrorReason` enum, with [`reasons!`](crate::reasons), and by
/// [`ReasonCode`].
pub trait Reason {
    /// `UPPER_SNAKE_CASE`, without a prefix: `QUEUE_NOT_FOUND`.
    fn name(&self) -> &'static str;

    /// Whose reason it is: `directory.strowger.dev`.
    fn domain(&self) -> &'static str;
}

/// A reason by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReasonCode {
    domain: &'static str,
    name: &'static str,
}

/// A defect of ours; nothing more is said.
pub const INTERNAL: ReasonCode = ReasonCode::new("strowger.dev", "INTERNAL");

/// A database, Redis or another service is gone. Metadata: `dependency`.
pub const DEPENDENCY_UNAVAILABLE: ReasonCode =
    ReasonCode::new("strowger.dev", "DEPENDENCY_UNAVAILABLE");

impl ReasonCode {
    /// A reason that no proto enum lists.
    #[must_use]
    pub const fn new(domain: &'static str, name: &'static str) -> Self {
        Self { domain, name }
    }

    /// The value of any reason.
    #[must_use]
    pub fn of(reason: &impl Reason) -> Self {
        Self::new(reason.domain(), reason.name())
    }
}

impl Reason for ReasonCode {
    fn name(&self) -> &'static str {
        self.name
    }

    fn domain(&self) -> &'static str {
        self.domain
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.name)
    }
}

/// Makes a prost enum a [`Reason`]: `fault::reasons!(v1::ErrorReason, "routing.strowger.dev");`.
///
/// It must stand in the crate that has the enum. The proto prefix `ERROR_REASON_` is dropped.
#[macro_export]
macro_rules! reasons {
    ($enum:ty, $domain:literal) => {
        impl $crate::Reason for $enum {
            fn name(&self) -> &'static str {
                let name = self.as_str_name();
                match name.strip_prefix("ERROR_REASON_") {
                    Some(short) => short,
                    None => name,
                }
            }

            fn domain(&self) -> &'static str {
                $domain
            }
        }
    };
}
