package journeys

import (
	"fmt"
	"os"
	"stoa/test/rig"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A server without free file descriptors waits until some are free again.
func TestProcess_OutOfFileDescriptors(t *testing.T) {
	t.Parallel()
	app := rig.Start(t, rig.Wide)
	c, _, _ := app.RegisterAPI(t)
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", app.PID()))
	if err != nil {
		t.Fatal(err)
	}
	few := uint64(len(open) + 10)
	if err := unix.Prlimit(app.PID(), unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: few, Max: few}, nil); err != nil {
		t.Fatal(err)
	}
	app.Log.Forgive()
	wires := make([]*rig.Wire, 30)
	for i := range wires {
		wires[i] = app.Wire(t)
	}
	rig.Await(t, "a line in the log", func() bool { return strings.Contains(app.Log.String(), "cannot accept a connection") })
	for _, w := range wires {
		w.Conn.Close()
	}
	rig.Await(t, "the server to serve again", func() bool { return !app.Ended() && c.Get("/api/users/me").Status == 200 })
}
