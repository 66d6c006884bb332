//! Postgres: entities and the queries that use cases ask for. A finder takes the account first.
//!
//! One file per table, with its entity and everything that is asked of it. Rows become domain
//! values here and nowhere else; a row that cannot is [`Unreadable`], because the database says
//! something that the domain never wrote.

pub mod account;
pub mod challenge;
pub mod credential;
pub mod custom_grant;
pub mod custom_role;
pub mod grant;
pub mod invitation;
pub mod login;
pub mod password_reset;
pub mod recovery_code;
pub mod reset_request;
pub mod revocation;
pub mod service_key;
pub mod session;
pub mod sharing;
pub mod signing_key;
pub mod stray_sign_in;
pub mod supervised;
pub mod totp_enrolment;
pub mod totp_factor;
pub mod user;

/// A stored value that the domain refuses: a defect or a hand in the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}.{column} holds a value that cannot be: {why}")]
pub struct Unreadable {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What is wrong, without the value.
    pub why: String,
}

impl Unreadable {
    fn new(table: &'static str, column: &'static str, why: impl ToString) -> Self {
        Self {
            table,
            column,
            why: why.to_string(),
        }
    }
}

/// Parses a text column of one table.
fn read<T>(table: &'static str, column: &'static str, text: &str) -> Result<T, Unreadable>
where
    T: std::str::FromStr<Err: ToString>,
{
    text.parse()
        .map_err(|error: T::Err| Unreadable::new(table, column, error))
}

/// The bytes of a digest column.
fn digest(table: &'static str, column: &'static str, bytes: &[u8]) -> Result<[u8; 32], Unreadable> {
    bytes
        .try_into()
        .map_err(|_| Unreadable::new(table, column, "not 32 bytes"))
}
