package journeys

import (
	"stoa/test/rig"
	"testing"
)

func TestMain(m *testing.M) { rig.Main(m) }
