#!/usr/bin/env bash
# Installs what the tests need and this machine lacks: a C compiler for the race
# detector, Chromium, psql, curl, jq, nginx, Caddy, Prometheus, PgBouncer,
# testssl.sh, an S3 server, Node packages, Go modules. It does nothing when all
# are installed, and never prompts. Without permission to install, it prints what
# is missing and continues. In CI it fails instead, because a run with fewer tests
# would look like a complete one.
set -euo pipefail
cd "$(dirname "$0")/.."

have() { command -v "$1" >/dev/null 2>&1; }

retry() { # registries fail at times
  local n
  for n in 1 2 3; do
    "$@" && return 0
    echo "setup: attempt $n of 3 failed: $*"
    [ "$n" = 3 ] || sleep $((n * 5))
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() { have apt-get && { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }; }

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null >>.cache/apt.log 2>&1; }

install_packages() {
  echo "setup: installing $*"
  retry apt update && retry apt install -y --no-install-recommends "$@"
}

missing_packages() {
  have gcc || echo gcc libc6-dev
  have chromium || have chromium-browser || have google-chrome || echo chromium fonts-liberation
  have npm || echo nodejs npm
  have psql || echo postgresql-client
  have curl || echo curl
  have jq || echo jq
  have hexdump && have ps || echo bsdextrautils procps # for testssl.sh
}

# With headless Chromium, which draws no windows, the browser tests take half the
# time. Only Debian has it as a package, in the same version as its Chromium.
chromium_shell() {
  have chromium-headless-shell || ! grep -qx ID=debian /etc/os-release 2>/dev/null || ! may_install ||
    install_packages chromium chromium-headless-shell || echo "setup: chromium-headless-shell is not available: the browser tests are slower"
}

# The servers of the samples in deploy/ are unpacked and not installed, because
# installed services would start and listen on this machine.
servers() {
  local name
  for name in nginx caddy prometheus pgbouncer testssl.sh; do
    have "$name" || [ -x "/usr/sbin/$name" ] || [ -e ".cache/programs/$name" ] || unpack "$name" || return 1
  done
}

unpack() { # a package of Debian or Ubuntu
  local dir=.cache/programs deb
  echo "setup: unpacking $1"
  rm -rf "$dir/fetched" && mkdir -p "$dir/fetched"
  (cd "$dir/fetched" && retry fetch_package "$1" $(missing_libraries "$1") >>../../apt.log 2>&1) || return 1
  for deb in "$dir"/fetched/*.deb; do dpkg-deb -x "$deb" "$dir" || return 1; done
  rm -r "$dir/fetched" && touch "$dir/$1"
}

missing_libraries() { # libraries of a package, which are unpacked beside it
  local name
  for name in $(apt-cache depends "$1" | sed -nE '/libjs-/d; s/^  Depends: (lib[^ ]*[0-9](t64)?)$/\1/p'); do
    dpkg-query --show --showformat='${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
  done
}

fetch_package() { # works without root, once the package lists exist
  apt-get -q download "$@" </dev/null || { may_install && as_root apt-get -q update </dev/null && apt-get -q download "$@" </dev/null; }
}

node_packages() {
  local sum
  sum=$(sha256sum package-lock.json)
  [ "$sum" = "$(cat node_modules/.lock.sum 2>/dev/null)" ] && return 0
  echo "setup: installing the Node packages"
  retry npm ci --loglevel=error --no-audit --no-fund </dev/null >>.cache/npm.log 2>&1 || return 1
  echo "$sum" >node_modules/.lock.sum
}

# A real S3 server for the tests of buckets. It depends on many modules, so it is not
# in our go.mod. The first build takes about a minute.
s3_server() {
  local version=v1.8.0
  [ "$version" = "$(cat .cache/versitygw.version 2>/dev/null)" ] && [ -x .cache/versitygw ] && return 0
  echo "setup: building the S3 server of the tests"
  retry env GOBIN="$PWD/.cache" go install "github.com/versity/versitygw/cmd/versitygw@$version" >>.cache/s3.log 2>&1 || return 1
  echo "$version" >.cache/versitygw.version
}

fail_in_ci() { # prints what is missing
  echo "setup: $1" >&2
  [ -z "${CI:-}" ] || exit 1
}

mkdir -p .cache
# Fetching the modules can fail before s3_server creates its log, which the last line
# prints.
: >>.cache/s3.log
# Building needs the processors and installing the disk, so both run in parallel.
{ retry go mod download && s3_server; } &
built=$!
wanted=$(missing_packages | tr "\n" " ")
if [ -n "$wanted" ]; then
  if ! may_install; then
    fail_in_ci "missing, without permission to install: $wanted"
  elif ! install_packages $wanted; then
    tail -5 .cache/apt.log >&2
    fail_in_ci "could not install: $wanted"
  fi
fi
chromium_shell
servers || fail_in_ci "could not unpack nginx, Caddy, Prometheus, PgBouncer and testssl.sh, see .cache/apt.log"
if have npm; then
  node_packages || { tail -5 .cache/npm.log >&2; fail_in_ci "could not install the Node packages"; }
fi
wait "$built" || { tail -5 .cache/s3.log >&2; fail_in_ci "could not fetch the Go modules or build the S3 server"; }
