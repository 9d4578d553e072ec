package rig

import "testing"

// Caddy starts Caddy with deploy/caddy before two replicas. It uses a certificate
// of the test, because no certificate authority can be reached.
func (f *Proxies) Caddy(t testing.TB, one, two *App) *Process {
	t.Helper()
	path := f.sample(t, "caddy/Caddyfile",
		"\n{\n", "\n{\nadmin off\ndefault_bind 127.0.0.1\nhttp_port "+f.Ports["80"]+"\nhttps_port "+f.Ports["443"]+"\nstorage file_system "+f.Path("storage")+"\n",
		"\nstoa.example.com {\n", "\nlocalhost {\ntls "+f.Path("fullchain.pem")+" "+f.Path("privkey.pem")+"\n",
		"/var/log/caddy", f.Dir, "127.0.0.1:3000", one.Addr, "127.0.0.1:3001", two.Addr)
	return f.start(t, "caddy", []string{"run", "--config", path, "--adapter", "caddyfile"}, one, two)
}
