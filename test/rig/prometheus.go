package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"stoa/platform/freeport"
)

// Prometheus is a running server that scrapes an App.
type Prometheus struct{ base string }

// Watch starts Prometheus with the settings of deploy/, with shorter intervals
// and this server as its target, and stops it when the test ends.
func (a *App) Watch(t *testing.T, token string) *Prometheus {
	t.Helper()
	dir := t.TempDir()
	sample, err := os.ReadFile("../../deploy/prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := filepath.Abs("../../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "stoa.token")
	settings := strings.NewReplacer("15s", "1s", "localhost:3000", a.Addr, "/etc/prometheus/stoa.token", secret, "alerts.yml", rules).Replace(string(sample))
	if err := errors.Join(os.WriteFile(secret, []byte(token), 0o600), os.WriteFile(dir+"/prometheus.yml", []byte(settings), 0o600)); err != nil {
		t.Fatal(err)
	}
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(SampleProgram(t, "prometheus"), "--config.file="+dir+"/prometheus.yml",
		"--storage.tsdb.path="+dir+"/data", "--web.listen-address=127.0.0.1:"+port, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = &log, &log
	DieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
		if err := cmd.Wait(); err != nil {
			t.Errorf("prometheus: %v\n%s", err, log.String())
		}
	})
	return &Prometheus{"http://127.0.0.1:" + port}
}

// Ask reads a response of the Prometheus API into data. It returns an error while
// there is none.
func (p *Prometheus) Ask(t *testing.T, path string, query url.Values, data any) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	response := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(res.Body).Decode(&response); err != nil {
		return err
	}
	if response.Status != "success" {
		return fmt.Errorf("%s: %s", path, response.Error)
	}
	return nil
}

// Series returns the number of series of the expression with a numeric value.
func (p *Prometheus) Series(t *testing.T, expr string) (int, error) {
	t.Helper()
	var found struct {
		Result []struct{ Value [2]any }
	}
	if err := p.Ask(t, "/api/v1/query", url.Values{"query": {expr}}, &found); err != nil {
		return 0, err
	}
	numbers := 0
	for _, series := range found.Result {
		text, _ := series.Value[1].(string)
		if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) {
			numbers++
		}
	}
	return numbers, nil
}
