#!/bin/sh
# The PostgreSQL image runs this when its volume is empty, with the passwords of
# .env.database in the environment.
set -eu
: "${OWNER_PASSWORD:?}" "${APP_PASSWORD:?}"
exec psql --no-psqlrc --quiet --username="${POSTGRES_USER:-postgres}" --dbname=postgres --file="${ROLES_SQL:-/roles.sql}"
