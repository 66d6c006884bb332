#!/bin/sh
# Writes secrets.env, from which kustomize makes the Secret `strowger`. Does
# nothing when it is there: other values than before end every session.
set -eu
cd "$(dirname "$0")"
[ -e secrets.env ] && exit 0
umask 077
secrets=$(../../../make-secrets.sh)
eval "$secrets"
{
    echo "$secrets"
    echo "IDENTITY_DATABASE_URL=postgres://identity:${IDENTITY_DATABASE_PASSWORD}@postgres/identity"
    echo "DIRECTORY_DATABASE_URL=postgres://directory:${DIRECTORY_DATABASE_PASSWORD}@postgres/directory"
    echo "REPORTING_DATABASE_URL=postgres://reporting:${REPORTING_DATABASE_PASSWORD}@postgres/reporting"
    echo "REDIS_URL=redis://:${REDIS_PASSWORD}@redis"
} > secrets.env
