package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestCommand_Health(t *testing.T) {
	t.Parallel()
	app, proxy := rig.StartBehindFaultProxy(t)
	app.Log.Forgive()
	_, port, _ := strings.Cut(app.Addr, ":")
	env := app.Env.With(rig.Env{"PORT": port})
	well := func(args ...string) bool {
		return rig.Run(t, env, "", append([]string{"health"}, args...)...).Status == 0
	}
	if !well() || !well("--live") {
		t.Error("stoa health fails for a healthy server")
	}
	proxy.Shut()
	rig.Await(t, "stoa health to fail", func() bool { return !well() })
	if !well("--live") {
		t.Error("stoa health --live fails without a database")
	}
	if err := app.Stop(); err != nil {
		t.Error(err)
	}
	if r := rig.Run(t, env, "", "health", "--live"); r.Status != 1 || !strings.Contains(r.Out, "does not respond") {
		t.Errorf("stoa health without a server = %d\n%s", r.Status, r.Out)
	}
}
