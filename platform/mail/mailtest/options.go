package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"
)

// Option configures a server.
type Option func(*options)

type options struct {
	user, password string
	tls            *tls.Config
	immediate      bool // TLS from the first byte
}

func (o options) listener(l net.Listener) net.Listener { return tls.NewListener(l, o.tls) }

// Password makes the server require the user and the password.
func Password(user, password string) Option {
	return func(o *options) { o.user, o.password = user, password }
}

// STARTTLS makes the server offer TLS with the certificate.
func STARTTLS(c tls.Certificate) Option {
	return func(o *options) {
		o.tls = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
	}
}

// TLS makes the server use TLS from the first byte.
func TLS(c tls.Certificate) Option {
	return func(o *options) {
		STARTTLS(c)(o)
		o.immediate = true
	}
}

// Certificate returns a certificate for the name, and a pool that trusts it.
func Certificate(t testing.TB, name string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
