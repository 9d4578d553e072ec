#!/usr/bin/env bash
# Runs go test with the given arguments and prints each package in a line, each
# failed test with its output when it fails, the reasons of skipped tests, and the
# report of tools/report.sh. Packages behind "--" are tested after those before it,
# with the same flags.
set -euo pipefail
cd "$(dirname "$0")/.."
# The race detector otherwise waits a second at the end of each package.
export GORACE=atexit_sleep_ms=100

flags=()
while [[ ${1:-} == -* ]]; do flags+=("$1") && shift; done
events=.cache/test-events
mkdir -p .cache && rm -f "$events".*
status=0 part=1

run() { # packages
  go tool -modfile=tools/go.mod gotestsum --format=pkgname-and-test-fails --format-icons=text --format-hide-empty-pkg \
    --hide-summary=failed --no-color --jsonfile-timing-events="$events.$part" -- "${flags[@]}" "$@" || status=$?
  part=$((part + 1))
}

packages=()
for package in "$@"; do
  if [ "$package" = -- ]; then
    run "${packages[@]}" && packages=()
  else
    packages+=("$package")
  fi
done
run "${packages[@]}"
cat "$events".* | tools/report.sh || status=1
exit "$status"
