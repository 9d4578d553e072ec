package journeys

import (
	"strings"
	"testing"
)

func TestCommand_Health(t *testing.T) {
	t.Parallel()
	app, valve := StartBehindValve(t)
	app.Log.Forgive()
	_, port, _ := strings.Cut(app.addr, ":")
	env := app.Env.with(Env{"PORT": port})
	well := func(args ...string) bool { return Run(t, env, "", append([]string{"health"}, args...)...).Status == 0 }
	if !well() || !well("--live") {
		t.Error("a server that is well is said not to be")
	}
	valve.Shut()
	Await(t, "the server to be unwell", func() bool { return !well() })
	if !well("--live") {
		t.Error("it lives, and is said not to")
	}
	if err := app.Stop(); err != nil {
		t.Error(err)
	}
	if r := Run(t, env, "", "health", "--live"); r.Status != 1 || !strings.Contains(r.Out, "does not answer") {
		t.Errorf("health of nobody = %d\n%s", r.Status, r.Out)
	}
}
