package journeys

import (
	"stoa/test/rig"
	"strings"
	"testing"
)

func TestCommand_Health(t *testing.T) {
	t.Parallel()
	app, valve := rig.StartBehindFaultProxy(t)
	app.Log.Forgive()
	_, port, _ := strings.Cut(app.Addr, ":")
	env := app.Env.With(rig.Env{"PORT": port})
	well := func(args ...string) bool {
		return rig.Run(t, env, "", append([]string{"health"}, args...)...).Status == 0
	}
	if !well() || !well("--live") {
		t.Error("a server that is well is said not to be")
	}
	valve.Shut()
	rig.Await(t, "the server to be unwell", func() bool { return !well() })
	if !well("--live") {
		t.Error("it lives, and is said not to")
	}
	if err := app.Stop(); err != nil {
		t.Error(err)
	}
	if r := rig.Run(t, env, "", "health", "--live"); r.Status != 1 || !strings.Contains(r.Out, "does not answer") {
		t.Errorf("health of nobody = %d\n%s", r.Status, r.Out)
	}
}
