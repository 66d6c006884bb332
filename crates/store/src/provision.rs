//! Making a database for a service, with a role of its own.
//!
//! For development, tests and the first installation. The role owns the
//! database and is no superuser, so row-level security applies to it; it has no
//! way into the databases of other services.

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection, raw_sql};

use crate::StoreError;

/// A database, and the role that owns it.
#[derive(Clone, PartialEq, Eq)]
pub struct Provision {
    /// The database.
    pub database: String,
    /// Its owner; several databases may have the same.
    pub owner: String,
    /// The owner's password.
    pub password: String,
    /// The database to copy, with all its rows; it must be the same owner's.
    pub template: Option<String>,
}

/// A database cannot be made like this.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// A name or the password would need quoting; says which field.
    #[error("{0}: only lower-case letters, digits and _, at most 63, no digit first in a name")]
    Name(&'static str),
    /// The administrator's URL is not one of Postgres.
    #[error("not a postgres URL")]
    Url,
    /// Postgres failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Provision {
    /// A database and a role of the same name.
    #[must_use]
    pub fn of_service(name: &str, password: &str) -> Self {
        Self {
            database: name.to_owned(),
            owner: name.to_owned(),
            password: password.to_owned(),
            template: None,
        }
    }

    /// Creates what is missing and returns the owner's URL. A role that is there
    /// keeps its password. Safe when several do it at once.
    ///
    /// # Errors
    ///
    /// See [`ProvisionError`].
    pub async fn create(&self, admin_url: &str) -> Result<String, ProvisionError> {
        self.check()?;
        let options = parse(admin_url)?;
        let mut admin = connect(&options).await?;
        let Self {
            database,
            owner,
            password,
            template,
        } = self;
        let template = template.as_deref().unwrap_or("template1");
        unless_there(
            &mut admin,
            format!("CREATE ROLE {owner} LOGIN PASSWORD '{password}'"),
        )
        .await?;
        let create = format!("CREATE DATABASE {database} OWNER {owner} TEMPLATE {template}");
        unless_there(&mut admin, create).await?;
        run(
            &mut admin,
            format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC"),
        )
        .await?;
        let (host, port) = (options.get_host(), options.get_port());
        Ok(format!(
            "postgres://{owner}:{password}@{host}:{port}/{database}"
        ))
    }

    /// Drops the database, with whoever is connected to it. The role stays.
    ///
    /// # Errors
    ///
    /// See [`ProvisionError`].
    pub async fn destroy(&self, admin_url: &str) -> Result<(), ProvisionError> {
        self.check()?;
        let mut admin = connect(&parse(admin_url)?).await?;
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
        Ok(run(&mut admin, drop).await?)
    }

    /// These statements take no parameters, so nothing that needs quoting may
    /// come near them.
    fn check(&self) -> Result<(), ProvisionError> {
        let template = self.template.as_deref().unwrap_or("template1");
        let names = [
            ("database", self.database.as_str()),
            ("owner", &self.owner),
            ("template", template),
        ];
        for (field, name) in names {
            if !plain(name) || name.starts_with(|first: char| first.is_ascii_digit()) {
                return Err(ProvisionError::Name(field));
            }
        }
        if plain(&self.password) {
            Ok(())
        } else {
            Err(ProvisionError::Name("password"))
        }
    }
}

fn plain(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn parse(admin_url: &str) -> Result<PgConnectOptions, ProvisionError> {
    admin_url.parse().map_err(|_| ProvisionError::Url)
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    Ok(PgConnection::connect_with(options).await?)
}

async fn run(admin: &mut PgConnection, sql: String) -> Result<(), StoreError> {
    raw_sql(AssertSqlSafe(sql)).execute(admin).await?;
    Ok(())
}

/// Two who create the same thing at once may collide in the catalogue as well.
async fn unless_there(admin: &mut PgConnection, sql: String) -> Result<(), StoreError> {
    const ALREADY_THERE: [&str; 3] = ["42710", "42P04", "23505"];
    match raw_sql(AssertSqlSafe(sql)).execute(admin).await {
        Err(sqlx::Error::Database(error))
            if error
                .code()
                .is_some_and(|code| ALREADY_THERE.contains(&&*code)) =>
        {
            Ok(())
        }
        other => other.map(|_| ()).map_err(StoreError::from),
    }
}

#[cfg(test)]
mod tests {
    use super::Provision;

    #[test]
    fn nothing_that_needs_quoting_gets_through() {
        const TOO_LONG: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let check = |name, password| Provision::of_service(name, password).check().is_ok();
        assert!(check("directory", "s3cret"));
        assert!(check("test_0a", "0"));
        for bad in ["", "a-b", "a b", "Ä", "A", "a;drop", "a'", "a\"", TOO_LONG] {
            assert!(!check(bad, "x"), "{bad}");
            assert!(!check("x", bad), "{bad}");
        }
        assert!(
            !check("1a", "x"),
            "a name that starts with a digit needs quotes"
        );
    }
}
