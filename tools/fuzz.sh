#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME each (default 30s).
set -euo pipefail
cd "$(dirname "$0")/.."

grep -rhoE --include='*_test.go' --exclude-dir=node_modules --with-filename '^func Fuzz[A-Za-z0-9_]+' . | sort |
  while IFS=: read -r file target; do
    echo "== ${target#func } in $(dirname "$file")"
    go test -run='^$' -fuzz="^${target#func }\$" -fuzztime="${FUZZTIME:-30s}" "$(dirname "$file")" </dev/null
  done
