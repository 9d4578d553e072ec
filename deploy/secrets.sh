#!/bin/sh
# Writes .env.production and .env.database, with new secrets, into the current
# directory. The script never overwrites files, because a lost key cannot be
# recovered, nor can the data that is encrypted with it.
set -eu
example=$(dirname "$0")/../.env.production.example
for file in .env.production .env.database; do
  if [ -e "$file" ]; then
    echo "$file exists: nothing done" >&2
    exit 1
  fi
done
umask 077
owner=$(openssl rand -hex 24)
app=$(openssl rand -hex 24)
sed -e "s|^SECRET_KEY=.*|SECRET_KEY=$(openssl rand -base64 32)|" \
  -e "s|^DATABASE_URL=\(.*\)change-me|DATABASE_URL=\1$app|" \
  -e "s|^DATABASE_OWNER_URL=\(.*\)change-me|DATABASE_OWNER_URL=\1$owner|" \
  "$example" >.env.production
printf '# The passwords with which deploy/postgres creates the roles; for the database only.\nPOSTGRES_PASSWORD=%s\nOWNER_PASSWORD=%s\nAPP_PASSWORD=%s\n' \
  "$(openssl rand -hex 24)" "$owner" "$app" >.env.database
echo 'Wrote .env.production and .env.database. Now set BASE_URL to your URL, and SMTP_URL and MAIL_FROM to your mail server.'
