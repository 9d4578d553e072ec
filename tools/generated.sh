#!/usr/bin/env bash
# Compares generated code with its sources.
#   generated.sh check   fails when db/ or static/dist are out of date
#   generated.sh renew   generates them, handlers/reference/openapi.yaml and
#                        docs/routes.md, and adds the new names that must stay
#   generated.sh sqlc    generates db/ alone
# The first build of sqlc takes minutes, so sqlc runs only when db/sqlc.sum, the
# hash of its inputs and outputs, differs. Go tests compare the other files with
# their sources.
set -euo pipefail
cd "$(dirname "$0")/.."

sqlc() { go tool -modfile=tools/go.mod sqlc "$@"; }

sum_of() { # files and folders
  find "$@" -type f ! -name sqlc.sum ! -path 'migrations/seed/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

build_assets() { # prints its output only when it fails
  mkdir -p .cache
  npm run --silent build </dev/null >.cache/assets.log 2>&1 || { cat .cache/assets.log >&2; return 1; }
}

sqlc_sum() { sum_of sqlc.yaml queries migrations db; }
assets_sum() { sum_of static/dist static/dist.go; }

renew_sqlc() {
  sqlc generate
  sqlc_sum >db/sqlc.sum
}

check_sqlc() {
  [ "$(sqlc_sum)" = "$(cat db/sqlc.sum 2>/dev/null)" ] && return 0
  echo "db/sqlc.sum differs: running sqlc"
  if ! sqlc diff; then
    echo "db/ differs from what sqlc generates from queries/ and migrations/: run 'make sqlc' and commit db/" >&2
    return 1
  fi
  echo "db/ is up to date and db/sqlc.sum is not: run 'make sqlc' and commit it"
}

# Tailwind requires Node 20; Debian 12 has 18.
can_build_assets() {
  command -v npm >/dev/null 2>&1 && [ -d node_modules ] &&
    node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'
}

check_assets() {
  if ! can_build_assets; then
    echo "static/dist is not rebuilt here (no npm, or Node older than 20): a test compares the hash of its sources"
    return 0
  fi
  local before
  before=$(assets_sum)
  build_assets
  if [ "$before" != "$(assets_sum)" ]; then
    echo "static/dist was out of date and is rebuilt now: commit it" >&2
    return 1
  fi
}

case "${1:-}" in
  check)
    check_sqlc
    check_assets
    ;;
  renew)
    go run ./cmd/openapi
    renew_sqlc
    build_assets
    go run ./cmd/routes
    go test -run '^TestArchitecture$' ./test/arch -update
    ;;
  sqlc) renew_sqlc ;;
  *)
    echo "usage: $0 check|renew|sqlc" >&2
    exit 2
    ;;
esac
