package rig

import (
	"os"
	"testing"
)

// The relevant parts of Debian's nginx.conf, with every path in the test's
// directory. It compresses more types than Debian's.
const nginxMain = `daemon off; pid nginx.pid; error_log stderr notice;
events { worker_connections 1024; }
http {
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	gzip on; gzip_types *;
	include stoa.conf;
	include assets.conf;
}
`

// Nginx starts nginx with deploy/nginx before two replicas.
func (f *Proxies) Nginx(t testing.TB, one, two *App) *Process {
	t.Helper()
	here := []string{
		"/etc/ssl/stoa", f.Dir, "/var/log/nginx", f.Dir, "/var/cache/stoa", f.Path("cache"),
	}
	f.sample(t, "nginx/stoa.conf", append(here[:4:4],
		"server 127.0.0.1:3000 ", "server "+one.Addr+" ", "server 127.0.0.1:3001 ", "server "+two.Addr+" ",
		"https://stoa.example.com", f.Base, "stoa.example.com", "localhost",
		"listen 80;", "listen 127.0.0.1:"+f.Ports["80"]+";", "listen [::]:80;", "",
		"listen 443 ", "listen 127.0.0.1:"+f.Ports["443"]+" ", "listen [::]:443 ssl http2;", "")...)
	f.sample(t, "nginx/assets.conf", append(append(here[:2:2], here[4:]...),
		"listen 443 ", "listen 127.0.0.1:"+f.Ports["assets"]+" ", "listen [::]:443 ssl http2;", "",
		"assets.example.com", "localhost", "stoa.example.com", "localhost")...)
	main := nginxMain
	if os.Geteuid() == 0 {
		main = "user root;" + main // only root can read the directory
	}
	f.write(t, "nginx.conf", main)
	return f.start(t, "nginx", []string{"-p", f.Dir, "-c", f.Path("nginx.conf"), "-e", "stderr"}, one, two)
}
