package rig

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

// Proxies prepares a reverse proxy of the deployment samples, with a certificate
// for localhost. It exists before the replicas, because their settings have its
// URL. One of its methods starts the proxy.
type Proxies struct {
	Base   string // the public URL, https
	Plain  string // the same over http
	Assets string // a second URL for static files
	Roots  *x509.CertPool
	Dir    string
	Ports  map[string]string // by the port of the sample
}

// NewProxies reserves the ports and makes the certificate.
func NewProxies(t testing.TB) *Proxies {
	t.Helper()
	f := &Proxies{Dir: t.TempDir(), Roots: x509.NewCertPool(), Ports: map[string]string{"80": "", "443": "", "assets": ""}}
	for port := range f.Ports {
		free, err := freeport.Get()
		if err != nil {
			t.Fatal(err)
		}
		f.Ports[port] = free
	}
	f.Base, f.Plain = "https://localhost:"+f.Ports["443"], "http://localhost:"+f.Ports["80"]
	f.Assets = "https://localhost:" + f.Ports["assets"]
	f.certify(t)
	return f
}

// Env returns the settings for the replicas behind the proxy.
func (f *Proxies) Env() Env { return Wide.With(Env{"APP_ENV": "production", "BASE_URL": f.Base}) }

// certify writes a certificate for localhost, as fullchain.pem and privkey.pem.
func (f *Proxies) certify(t testing.TB) {
	t.Helper()
	chain, key := Certificate(t)
	f.Roots.AppendCertsFromPEM([]byte(chain))
	f.write(t, "fullchain.pem", chain)
	f.write(t, "privkey.pem", key)
}

// Certificate returns a self-signed certificate for localhost and its key.
func Certificate(t testing.TB) (chain, private string) {
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

// Path returns the path of a file in the directory of the proxy.
func (f *Proxies) Path(name string) string { return filepath.Join(f.Dir, name) }

func (f *Proxies) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(f.Path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// sample writes a sample of deploy/ with the paths and ports of this test.
func (f *Proxies) sample(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	f.write(t, filepath.Base(name), sampleText(t, name, pairs...))
	return f.Path(filepath.Base(name))
}

// sampleText returns a sample of deploy/ with replacements, given as pairs of old
// and new text. It fails the test when the sample does not contain an old text,
// because the test would then use wrong settings.
func sampleText(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root(), "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("deploy/%s does not contain %q", name, pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(string(text))
}

// start runs the proxy until the test ends and connects the apps' clients to it.
func (f *Proxies) start(t testing.TB, program string, args []string, apps ...*App) *Process {
	t.Helper()
	p, err := begin(SampleProgram(t, program), f.Dir, Env{"HOME": f.Dir}, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	for _, a := range apps {
		a.HTTP.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+f.Ports["443"])
		}
		a.HTTP.DialTLSContext = nil
		a.HTTP.TLSClientConfig = &tls.Config{RootCAs: f.Roots}
	}
	client := f.Client("127.0.0.1")
	Await(t, program+" to serve", func() bool {
		if p.Ended() {
			t.Fatalf("%s has ended:\n%s", program, p.Log.End())
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

// Client returns a client that connects from the IP address, which is one of the
// loopback network.
func (f *Proxies) Client(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: f.Roots}, DisableCompression: true,
			DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
				return dialer.DialContext(ctx, "tcp4", addr)
			},
		},
	}
}

// SampleProgram returns the path of a program that the samples configure: an
// installed one, or the one that tools/setup.sh has unpacked.
func SampleProgram(t testing.TB, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, unpacked("sbin", name), unpacked("bin", name)} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("%s is missing: `make setup` fetches it on Debian and Ubuntu; elsewhere install it", name)
	return ""
}

// unpacked returns a path below the /usr that tools/setup.sh has unpacked.
func unpacked(path ...string) string {
	return filepath.Join(append([]string{Root(), ".cache", "programs", "usr"}, path...)...)
}

// Root is the directory of go.mod.
var Root = sync.OnceValue(func() string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(out))
})
