// Package deployment proves what operators rely on: the samples of deploy/ and the
// commands of the documents, backup, failover, upgrades, the private PostgreSQL. Its
// tests start many servers of all kinds, so they run in `make prove` and in CI, not
// in `make test`.
package deployment

import (
	"testing"

	"stoa/test/rig"
)

func TestMain(m *testing.M) { rig.Main(m) }
