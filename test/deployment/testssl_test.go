package deployment

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"stoa/test/rig"
	"testing"
)

// testssl is one finding of testssl.sh.
type testssl struct{ ID, Severity, Finding string }

// testsslChecks selects protocols, ciphers, forward secrecy and known attacks. The
// certificate is not checked, because it is the test's own.
var testsslChecks = []string{"--protocols", "--std", "--pfs", "--vulnerable"}

// testsslOwnWarnings are warnings of testssl.sh about its own limits.
var testsslOwnWarnings = []string{
	"engine_problem", // about the openssl that it uses
	"secure_renego",  // a request without a host name, for which Caddy has no certificate
}

// `make tls`: testssl.sh reports no problem with the TLS settings of the samples.
// It takes minutes and therefore has a target of its own; oldTLS checks versions
// and ciphers in each run.
func TestTLS_OfTheProxies(t *testing.T) {
	if os.Getenv("TLS") == "" {
		t.Skip("make tls runs this: testssl.sh takes minutes")
	}
	for proxy := range proxies {
		t.Run(proxy, func(t *testing.T) {
			t.Parallel()
			f, _, _ := startBehindProxy(t, proxy)
			found := runTestssl(t, f, f.Ports["443"])
			for _, one := range found {
				switch {
				case one.ID == "BREACH": // compressed pages contain no secrets: compressNoSecrets
				case one.Severity == "WARN" && slices.Contains(testsslOwnWarnings, one.ID):
				case !slices.Contains([]string{"OK", "INFO"}, one.Severity):
					t.Errorf("%s: %s, %s", one.ID, one.Severity, one.Finding)
				}
			}
			for _, id := range []string{"TLS1_3", "cipherlist_STRONG", "PFS", "heartbleed", "LUCKY13"} {
				if !slices.ContainsFunc(found, func(one testssl) bool { return one.ID == id }) {
					t.Errorf("testssl.sh reported nothing about %s", id)
				}
			}
		})
	}
}

// runTestssl runs testssl.sh against a port of the proxy.
func runTestssl(t *testing.T, f *rig.Proxies, port string) []testssl {
	t.Helper()
	program := rig.SampleProgram(t, "testssl")
	env := rig.Env{"HOME": f.Dir}
	if unpacked := filepath.Join(rig.Root(), ".cache", "programs"); filepath.Dir(program) == filepath.Join(unpacked, "usr", "bin") {
		env["TESTSSL_INSTALL_DIR"] = filepath.Join(unpacked, "etc", "testssl")
	}
	// testssl.sh does not start without a DNS client. With --nodns=none it never
	// runs the client.
	if err := os.Symlink("/bin/true", f.Path("host")); err != nil {
		t.Fatal(err)
	}
	env["PATH"] = os.Getenv("PATH") + ":" + f.Dir
	args := append([]string{"--quiet", "--color=0", "--warnings=off", "--nodns=none", "--jsonfile=" + f.Path("testssl.json")}, testsslChecks...)
	cmd := exec.Command("bash", append(append([]string{program}, args...), "localhost:"+port)...)
	cmd.Dir, cmd.Env = f.Dir, env.List()
	rig.DieWithParent(cmd)
	out, err := cmd.CombinedOutput() // its exit status is the number of findings
	text, readErr := os.ReadFile(f.Path("testssl.json"))
	var found []testssl
	if readErr != nil || json.Unmarshal(text, &found) != nil {
		t.Fatalf("testssl: %v\n%s", err, out)
	}
	return found
}
