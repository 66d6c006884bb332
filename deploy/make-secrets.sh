#!/bin/sh
# Makes the secrets of one installation, as NAME=value lines on standard output:
# for `compose/.env` and for `kubernetes/overlays/local/secrets.env`. Run it once
# and keep the result; other values than before end every session.
set -eu

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
digest() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }

echo "VAULT_MASTER_KEY=$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
echo "PASSWORD_PEPPER=$(random)"
for key in BOOTSTRAP EDGE DIRECTORY PRESENCE ROUTING REPORTING; do
    secret=$(random)
    echo "${key}_KEY=$secret"
    echo "${key}_KEY_SHA256=$(digest "$secret")"
done
for database in POSTGRES IDENTITY_DATABASE DIRECTORY_DATABASE REPORTING_DATABASE REDIS; do
    echo "${database}_PASSWORD=$(random)"
done
