package journeys

import (
	"net/http"
	"strings"
	"testing"

	"stoa/platform/freeport"
)

// With WORK_PORT a process that has no pages tells operators how it is.
func TestWork_CanBeAskedHowItIs(t *testing.T) {
	t.Parallel()
	const token = "Zq8wR2nT5vX1kL7mP4sD"
	o := startOutside(t)
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	o.Env = o.Env.with(Env{"WORK_PORT": port, "METRICS_TOKEN": token})
	p := o.work(t)
	Await(t, "the worker to be well", func() bool { return Run(t, o.Env, "", "health", "--work").Status == 0 })
	b := (&App{Base: "http://127.0.0.1:" + port, http: &http.Transport{}}).Browser(t)
	if body := b.Fetch("GET", "/health", nil).Is(200).Body; !strings.Contains(body, `"jobs":"ok"`) {
		t.Errorf("GET /health = %s, want jobs ok", body)
	}
	b.Fetch("GET", "/metrics", nil).Is(401)
	for _, path := range []string{"/", "/login", "/api/openapi.json", "/dev/mail"} {
		b.Fetch("GET", path, nil).Is(404)
	}
	o.Post(t, "new_device", "Ada", Recipients(1)...)
	Await(t, "the letter to be counted", func() bool {
		shown := b.Fetch("GET", "/metrics", nil, With("Authorization", "Bearer "+token)).Is(200).Body
		return strings.Contains(shown, `stoa_jobs_total{kind="letter",result="done"} 1`)
	})
	if r := Run(t, o.Env, "", "work"); r.Status != 1 || !strings.Contains(r.Out, "port "+port+" is taken: stop what listens there, or set WORK_PORT to another") {
		t.Errorf("a second worker at the same port = %d\n%s", r.Status, r.Out)
	}
	o.ends(t, p)
}
