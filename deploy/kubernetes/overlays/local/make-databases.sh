#!/bin/sh
# Runs once, in the Postgres container: a database and a role of its own for
# each service that has one. The roles are no superusers, so that row-level
# security applies to them.
set -eu

make_database() {
    psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set name="$1" --set password="$2" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

make_database identity "$IDENTITY_DATABASE_PASSWORD"
make_database directory "$DIRECTORY_DATABASE_PASSWORD"
make_database reporting "$REPORTING_DATABASE_PASSWORD"
