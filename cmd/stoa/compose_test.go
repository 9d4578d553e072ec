package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/joho/godotenv"
	"go.yaml.in/yaml/v3"
)

// composition is the part of compose.yaml that the test checks.
type composition struct {
	Services map[string]struct {
		EnvFile     string `yaml:"env_file"`
		Volumes     []string
		Profiles    []string
		Healthcheck struct{ Test []string }
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	}
	Volumes  map[string]any
	Networks map[string]struct {
		IPAM struct {
			Config []struct{ Subnet netip.Prefix }
		}
	}
}

// Every name in compose.yaml exists: the files that `make secrets` writes, the
// samples of deploy/, a command of the program, and the network that
// .env.production.example trusts. The test needs no container engine.
func TestCompose_NamesExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all composition
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	app, db := all.Services["app"], all.Services["db"]
	if app.EnvFile != ".env.production" || db.EnvFile != ".env.database" || app.DependsOn["db"].Condition != "service_healthy" {
		t.Errorf("app has %q and %v, db has %q", app.EnvFile, app.DependsOn, db.EnvFile)
	}
	if check := app.Healthcheck.Test; !slices.Equal(check, []string{"CMD", "/stoa", "health"}) || len(db.Healthcheck.Test) == 0 {
		t.Errorf("the health check of app is %q, that of db %q", check, db.Healthcheck.Test)
	}
	for name, service := range all.Services {
		if optional := len(service.Profiles) > 0; optional == (name == "app" || name == "db") {
			t.Errorf("%s: profiles %q", name, service.Profiles)
		}
		for _, volume := range service.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if _, named := all.Volumes[source]; named {
				continue
			}
			if _, err := os.Stat(filepath.Join("../..", source)); err != nil {
				t.Errorf("%s mounts a missing file: %v", name, err)
			}
		}
	}
	settings, err := godotenv.Read("../../.env.production.example")
	if err != nil {
		t.Fatal(err)
	}
	gateway := netip.PrefixFrom(all.Networks["default"].IPAM.Config[0].Subnet.Addr().Next(), 32).String()
	if !strings.Contains(settings["TRUSTED_PROXIES"], gateway) {
		t.Errorf("TRUSTED_PROXIES=%s lacks the network's gateway, %s", settings["TRUSTED_PROXIES"], gateway)
	}
}
