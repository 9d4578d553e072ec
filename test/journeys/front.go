package journeys

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"stoa/platform/freeport"
)

// Front is a reverse proxy of the deployment samples, with a certificate of
// its own for localhost. It is there before the replicas are, because they are
// told its address, and serves once one of its methods has started a proxy.
type Front struct {
	Base   string // the public address, https
	Plain  string // the same over http
	Assets string // where static files can be had too
	roots  *x509.CertPool
	dir    string
	ports  map[string]string // by the port of the sample
}

// NewFront takes the ports and makes the certificate.
func NewFront(t testing.TB) *Front {
	t.Helper()
	f := &Front{dir: t.TempDir(), roots: x509.NewCertPool(), ports: map[string]string{"80": "", "443": "", "assets": ""}}
	for port := range f.ports {
		free, err := freeport.Get()
		if err != nil {
			t.Fatal(err)
		}
		f.ports[port] = free
	}
	f.Base, f.Plain = "https://localhost:"+f.ports["443"], "http://localhost:"+f.ports["80"]
	f.Assets = "https://localhost:" + f.ports["assets"]
	f.certify(t)
	return f
}

// Env is what the replicas behind it are started with.
func (f *Front) Env() Env { return wide.with(Env{"APP_ENV": "production", "BASE_URL": f.Base}) }

// certify writes a certificate for localhost, as fullchain.pem and privkey.pem.
func (f *Front) certify(t testing.TB) {
	t.Helper()
	chain, key := certificate(t)
	f.roots.AppendCertsFromPEM([]byte(chain))
	f.write(t, "fullchain.pem", chain)
	f.write(t, "privkey.pem", key)
}

// certificate returns one for localhost, which is its own authority, and its key.
func certificate(t testing.TB) (chain, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func (f *Front) path(name string) string { return filepath.Join(f.dir, name) }

func (f *Front) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sample writes a sample of deploy/ with the places of this test.
func (f *Front) sample(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	f.write(t, filepath.Base(name), sampleText(t, name, pairs...))
	return f.path(filepath.Base(name))
}

// sampleText returns a sample of deploy/ with pairs of what the sample has and
// what it becomes. A sample that no longer has one of them fails the test,
// which otherwise would test something else.
func sampleText(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(), "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("deploy/%s has no %q any more", name, pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(string(text))
}

// start runs the proxy until the test ends, and sends the apps' clients
// through it.
func (f *Front) start(t testing.TB, program string, args []string, apps ...*App) *Process {
	t.Helper()
	p, err := begin(sampleProgram(t, program), f.dir, Env{"HOME": f.dir}, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	for _, a := range apps {
		a.http.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+f.ports["443"])
		}
		a.http.DialTLSContext = nil
		a.http.TLSClientConfig = &tls.Config{RootCAs: f.roots}
	}
	client := f.client("127.0.0.1")
	Await(t, program+" to serve", func() bool {
		if p.Ended() {
			t.Fatalf("%s has ended:\n%s", program, p.Log.end())
		}
		res, err := client.Get(f.Base + "/health")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return p
}

// client returns a client with an address of its own, of the loopback network.
func (f *Front) client(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: f.roots}, DisableCompression: true,
			DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
				return dialer.DialContext(ctx, "tcp4", addr)
			},
		},
	}
}

// sampleProgram returns the path of a program that the samples are for: one
// that is installed, or the one that checks/setup.sh unpacked.
func sampleProgram(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, unpacked("sbin", name), unpacked("bin", name)} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("there is no %s: `make setup` fetches it on Debian and Ubuntu; elsewhere install it", name)
	return ""
}

// unpacked is a path below the /usr of what checks/setup.sh unpacked.
func unpacked(path ...string) string {
	return filepath.Join(append([]string{root(), ".cache", "programs", "usr"}, path...)...)
}

// root is the directory of go.mod.
var root = sync.OnceValue(func() string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(out))
})
