package deployment

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"stoa/platform/waittest"
	"stoa/test/rig"
)

type alertRule struct {
	Alert, Expr         string
	Annotations, Labels map[string]string
}

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	text, err := os.ReadFile("../../deploy/prometheus/alerts.yml")
	var file struct{ Groups []struct{ Rules []alertRule } }
	if err == nil {
		err = yaml.Unmarshal(text, &file)
	}
	if err != nil || len(file.Groups) != 1 {
		t.Fatalf("alerts.yml: %v", err)
	}
	return file.Groups[0].Rules
}

func TestAlerts_EachHasARunbook(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"check", "rules", "../../deploy/prometheus/alerts.yml"}, {"test", "rules", "testdata/alerts.yml"},
		{"check", "config", "--syntax-only", "../../deploy/prometheus/prometheus.yml"},
	} {
		if out, err := exec.Command(rig.SampleProgram(t, "promtool"), args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", args, err, out)
		}
	}
	runbooks, err := os.ReadFile("../../docs/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := alertRules(t)
	for _, rule := range rules {
		_, entry, found := strings.Cut(string(runbooks), "\n## "+rule.Alert+"\n")
		entry, _, _ = strings.Cut(entry, "\n## ")
		for _, part := range []string{"**Means**", "**Look at**", "**Do**"} {
			if !found || !strings.Contains(entry, part) {
				t.Errorf("docs/runbooks.md has no %s of %s", part, rule.Alert)
			}
		}
		if want := "docs/runbooks.md#" + strings.ToLower(rule.Alert); rule.Annotations["runbook"] != want || rule.Labels["severity"] == "" {
			t.Errorf("%s: runbook %q, severity %q; want %q and one", rule.Alert, rule.Annotations["runbook"], rule.Labels["severity"], want)
		}
	}
	if got := strings.Count(string(runbooks), "\n## "); got != len(rules) {
		t.Errorf("docs/runbooks.md has %d entries for %d alerts", got, len(rules))
	}
}

// dashboardExpressions returns title and expression of each series in the Grafana
// dashboard, with the variables replaced.
func dashboardExpressions(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/stoa.json")
	var board struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err == nil {
		err = json.Unmarshal(text, &board)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, panel := range board.Panels {
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("the panel %q has no query", panel.Title)
		}
		for _, target := range panel.Targets {
			all[strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")] = panel.Title
		}
	}
	return all
}

// The dashboard's queries run on a real Prometheus that has scraped the program
// for a few seconds. Every series has points, every alert is evaluated, and every
// metric of an alert exists.
func TestDashboard_EveryPanelHasData(t *testing.T) {
	t.Parallel()
	const token = "Zq8wR2nT5vX1kL7mP4sD"
	app := rig.Start(t, rig.Wide, rig.Env{"METRICS_TOKEN": token})
	app.Log.Forgive()
	b, p := app.RegisterBrowser(t)
	prometheus := app.Watch(t, token)
	missing := dashboardExpressions(t)
	// A rate needs two scrapes after the traffic. A busy machine may delay them.
	complete := waittest.Within(4*rig.Patience, func() bool {
		makeTraffic(t, app, b, p)
		for expr := range missing {
			if found, err := prometheus.Series(t, expr); err == nil && found > 0 {
				delete(missing, expr)
			}
		}
		return len(missing) == 0
	})
	if !complete {
		t.Fatalf("no data for %q", missing)
	}
	wantEvaluated(t, prometheus)
	wantKnown(t, prometheus)
	wantSeries(t, prometheus, `stoa_jobs_total{kind="letter",result="done"} > 0`)
	wantSeries(t, prometheus, `stoa_mails_total{kind="verify_email",result="sent"} > 0`)
	wantSeries(t, prometheus, `stoa_jobs_total{kind="reset_request",result="abandoned"} == 0`) // the series exists before the first event
}

// wantSeries waits until the expression has a result.
func wantSeries(t *testing.T, p *rig.Prometheus, expr string) {
	t.Helper()
	rig.Await(t, expr, func() bool {
		found, err := p.Series(t, expr)
		return err == nil && found > 0
	})
}

// makeTraffic makes requests of every kind, failing ones included.
func makeTraffic(t *testing.T, a *rig.App, b *rig.Browser, p rig.User) {
	t.Helper()
	b.Open("/dashboard").Is(200)
	b.Open("/nothing").Is(404)
	c, _, _ := a.RegisterAPI(t) // a job sends an email to this user
	c.TryLogin(p.Email, p.Password).Is(200)
	c.TryLogin(p.Email, "eleven paper lanterns").Is(401)
	form := b.Open("/settings/profile").Form(rig.ProfileForm)
	a.Exec(t, "ALTER TABLE users RENAME bio TO biography")
	b.Fetch("POST", form.Action, form.Fill(rig.Values{"name": p.Name})).Is(500)
	a.Exec(t, "ALTER TABLE users RENAME biography TO bio")
}

// wantEvaluated waits until Prometheus has evaluated each alert.
func wantEvaluated(t *testing.T, p *rig.Prometheus) {
	t.Helper()
	var all struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	rig.Await(t, "the alerts to be evaluated", func() bool {
		if err := p.Ask(t, "/api/v1/rules", nil, &all); err != nil || len(all.Groups) != 1 {
			return false
		}
		for _, rule := range all.Groups[0].Rules {
			if rule.Health != "ok" {
				t.Logf("%s: %s %s", rule.Name, rule.Health, rule.LastError)
				return false
			}
		}
		return len(all.Groups[0].Rules) == len(alertRules(t))
	})
}

var metricName = regexp.MustCompile(`\b(stoa|process|go)_[a-z_]+\b|\bup\b`)

// wantKnown fails for each metric of an alert that the program does not export.
func wantKnown(t *testing.T, p *rig.Prometheus) {
	t.Helper()
	var names []string
	if err := p.Ask(t, "/api/v1/label/__name__/values", url.Values{}, &names); err != nil {
		t.Fatal(err)
	}
	for _, rule := range alertRules(t) {
		for _, name := range metricName.FindAllString(rule.Expr, -1) {
			if !slices.Contains(names, name) {
				t.Errorf("the alert %s uses %s, which the program does not export", rule.Alert, name)
			}
		}
	}
}
