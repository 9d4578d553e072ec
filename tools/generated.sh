#!/usr/bin/env bash
# Holds generated code to its sources.
#   generated.sh check   fails when db/ or static/dist are not what they should be
#   generated.sh renew   makes them anew
# sqlc takes minutes to build where it never was, so it runs only when
# db/sqlc.sum, the hash of its inputs and outputs, does not fit any more.
set -euo pipefail
cd "$(dirname "$0")/.."

sqlc() { go tool -modfile=tools/go.mod sqlc "$@"; }

sum_of() { # files and folders
  find "$@" -type f ! -name sqlc.sum -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

build_assets() { # quietly, unless it fails
  mkdir -p .cache
  npm run --silent build </dev/null >.cache/assets.log 2>&1 || { cat .cache/assets.log >&2; return 1; }
}

sqlc_sum() { sum_of sqlc.yaml queries migrations db; }
assets_sum() { sum_of static/dist static/dist.go; }

check_sqlc() {
  [ "$(sqlc_sum)" = "$(cat db/sqlc.sum 2>/dev/null)" ] && return 0
  echo "db/sqlc.sum does not fit: asking sqlc"
  if ! sqlc diff; then
    echo "db/ is not what sqlc makes of queries/ and migrations/: run 'make generate' and commit db/" >&2
    return 1
  fi
  echo "db/ is right and only db/sqlc.sum is old: run 'make generate' and commit it"
}

# Tailwind wants Node 20 or newer; Debian 12 has 18.
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
    echo "static/dist was not what its sources make. It is now: commit it" >&2
    return 1
  fi
}

case "${1:-}" in
  check)
    check_sqlc
    check_assets
    ;;
  renew)
    sqlc generate
    sqlc_sum >db/sqlc.sum
    build_assets
    ;;
  *)
    echo "usage: $0 check|renew" >&2
    exit 2
    ;;
esac
