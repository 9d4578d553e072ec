#!/usr/bin/env bash
# Prints the ten slowest packages and tests, the failed tests and the counts from
# the output of `go test -json`, its input. It fails when no test ran. A test with
# subtests counts, and so does each subtest. A package that fails without a failed
# test, because it does not compile or its process ends, counts as one.
set -euo pipefail

# Columns: action, package, test (empty for the package itself), seconds.
results=$(sed -nE 's/^.*"Action":"(pass|fail|skip)","Package":"([^"]*)"(,"Test":"(([^"\\]|\\.)*)")?,"Elapsed":([0-9.]+).*$/\1\t\2\t\4\t\6/p')

# sed reads to the end: a reader that stops early ends sort with SIGPIPE, and with it the
# report.
slowest() { # what, condition on the column of the test
  printf '\nSlowest %s:\n' "$1"
  awk -F'\t' "$2"' { printf "%8.1f s  %s %s\n", $4, $2, $3 }' <<<"$results" | sort -rn | sed -n '1,10p'
}

slowest packages '$3 == ""'
slowest tests '$3 != "" && $3 !~ "/"'
awk -F'\t' '
  $3 != "" { count[$1]++ }
  $1 == "fail" && $3 != "" { failures[$2]++; names = names "\n  " $2 " " $3 }
  $1 == "fail" && $3 == "" && !failures[$2] { count["fail"]++; names = names "\n  " $2 }
  END {
    if (names) print "\nFailed:" names
    printf "\n%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"]
    if (!count["pass"] && !count["fail"]) { print "no test ran"; exit 1 }
  }' <<<"$results"
