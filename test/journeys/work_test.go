package journeys

import (
	"net/http"
	"strings"
	"testing"

	"stoa/platform/freeport"
	"stoa/test/rig"
)

// With WORK_PORT a process without pages serves /health and /metrics.
func TestWork_ServesHealthAndMetrics(t *testing.T) {
	t.Parallel()
	const token = "Zq8wR2nT5vX1kL7mP4sD"
	o := rig.StartExternalServer(t)
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	o.Env = o.Env.With(rig.Env{"WORK_PORT": port, "METRICS_TOKEN": token})
	p := o.Work(t)
	rig.Await(t, "the worker to become healthy", func() bool { return rig.Run(t, o.Env, "", "health", "--work").Status == 0 })
	b := (&rig.App{Base: "http://127.0.0.1:" + port, HTTP: &http.Transport{}}).Browser(t)
	if body := b.Fetch("GET", "/health", nil).Is(200).Body; !strings.Contains(body, `"jobs":"ok"`) {
		t.Errorf("GET /health = %s, want jobs ok", body)
	}
	b.Fetch("GET", "/metrics", nil).Is(401)
	for _, path := range []string{"/", "/login", "/api/openapi.json", "/dev/mail"} {
		b.Fetch("GET", path, nil).Is(404)
	}
	o.SendEmails(t, "new_device", "Ada", rig.Recipients(1)...)
	rig.Await(t, "the email to be counted", func() bool {
		shown := b.Fetch("GET", "/metrics", nil, rig.With("Authorization", "Bearer "+token)).Is(200).Body
		return strings.Contains(shown, `stoa_jobs_total{kind="letter",result="done"} 1`)
	})
	if r := rig.Run(t, o.Env, "", "work"); r.Status != 1 || !strings.Contains(r.Out, "port "+port+" is taken: stop what listens there, or set WORK_PORT to another") {
		t.Errorf("a second worker at the same port = %d\n%s", r.Status, r.Out)
	}
	o.StopWorker(t, p)
}
