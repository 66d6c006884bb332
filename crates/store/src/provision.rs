//! Making a database for a service, with a role of its own.
//!
//! For development, tests and the first installation. The role owns the
//! database and is no superuser, so row-level security applies to it; it has no
//! way into the databases of other services.

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};

use crate::StoreError;

/// A database and the credentials of its owner.
#[derive(Clone, PartialEq, Eq)]
pub struct Provision {
    /// Lower-case letters, digits and `_`, at most 63: the name of both.
    pub name: String,
    /// The owner's password: letters and digits.
    pub password: String,
}

/// A database cannot be made like this.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The name or password would need quoting.
    #[error("{0}: only lower-case letters, digits and _ are allowed, at most 63")]
    Name(String),
    /// The administrator's URL is not one of Postgres.
    #[error("not a postgres URL")]
    Url,
    /// Postgres failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Provision {
    /// Creates what is missing, sets the password, and returns the owner's URL.
    ///
    /// # Errors
    ///
    /// See [`ProvisionError`].
    pub async fn create(&self, admin_url: &str) -> Result<String, ProvisionError> {
        self.check()?;
        let options = parse(admin_url)?;
        let mut admin = connect(&options).await?;
        let Self { name, password } = self;
        if !exists(&mut admin, "pg_roles", "rolname", name).await? {
            run(&mut admin, format!("CREATE ROLE {name} LOGIN NOSUPERUSER")).await?;
        }
        run(
            &mut admin,
            format!("ALTER ROLE {name} PASSWORD '{password}'"),
        )
        .await?;
        if !exists(&mut admin, "pg_database", "datname", name).await? {
            run(&mut admin, format!("CREATE DATABASE {name} OWNER {name}")).await?;
            run(
                &mut admin,
                format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"),
            )
            .await?;
        }
        let (host, port) = (options.get_host(), options.get_port());
        Ok(format!("postgres://{name}:{password}@{host}:{port}/{name}"))
    }

    /// Drops the database, with whoever is connected to it, and its role.
    ///
    /// # Errors
    ///
    /// See [`ProvisionError`].
    pub async fn destroy(&self, admin_url: &str) -> Result<(), ProvisionError> {
        self.check()?;
        let mut admin = connect(&parse(admin_url)?).await?;
        let name = &self.name;
        run(
            &mut admin,
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
        .await?;
        run(&mut admin, format!("DROP ROLE IF EXISTS {name}")).await?;
        Ok(())
    }

    /// These statements take no parameters, so nothing that needs quoting may
    /// come near them.
    fn check(&self) -> Result<(), ProvisionError> {
        let plain = |text: &str| {
            (1..=63).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        let starts_well = !self.name.starts_with(|first: char| first.is_ascii_digit());
        if plain(&self.name) && plain(&self.password) && starts_well {
            Ok(())
        } else {
            Err(ProvisionError::Name(self.name.clone()))
        }
    }
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

async fn exists(
    admin: &mut PgConnection,
    table: &str,
    column: &str,
    name: &str,
) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM {table} WHERE {column} = '{name}'");
    let rows = raw_sql(AssertSqlSafe(sql)).fetch_all(admin).await?;
    Ok(!rows.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Provision;

    #[test]
    fn nothing_that_needs_quoting_gets_through() {
        let check = |name: &str, password: &str| {
            let (name, password) = (name.to_owned(), password.to_owned());
            Provision { name, password }.check().is_ok()
        };
        assert!(check("directory", "s3cret"));
        assert!(check("test_0a", "0"));
        for bad in [
            "",
            "a-b",
            "a b",
            "Ä",
            "A",
            "a;drop",
            "a'",
            "a\"",
            &"a".repeat(64),
        ] {
            assert!(!check(bad, "x"), "{bad}");
            assert!(!check("x", bad), "{bad}");
        }
        assert!(
            !check("1a", "x"),
            "a name that starts with a digit needs quotes"
        );
    }
}
