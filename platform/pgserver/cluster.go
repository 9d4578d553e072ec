//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// locales are tried in turn: Unicode's letters with the order of bytes, where
// the system has that, else the nearest thing.
var locales = []string{"C.UTF-8", "en_US.UTF-8", "C"}

// createCluster makes the cluster if there is none. It is made beside its
// place and moved there when it is complete, so that a half-made one is never
// taken for a cluster. What is there is never removed.
func createCluster(ctx context.Context, cfg Config, p place, a account, progs programs) error {
	entries, err := os.ReadDir(p.data)
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return notWritable(p.data, err)
	case progs.hasCluster(p.data):
		return nil
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty and holds no PostgreSQL cluster: move it away (it has not been touched)", p.data)
	}
	cfg.Log.InfoContext(ctx, "making a new private PostgreSQL", "version", progs.version, "data", p.data)
	stage := p.data + ".new"
	if err := os.RemoveAll(stage); err != nil {
		return notWritable(stage, err)
	}
	defer os.RemoveAll(stage) // nothing there after the renaming
	if err := os.Mkdir(stage, 0o700); err != nil {
		return notWritable(stage, err)
	}
	if err := a.own(stage); err != nil {
		return err
	}
	if err := initdb(ctx, cfg, a, progs, stage); err != nil {
		return err
	}
	return os.Rename(stage, p.data)
}

// hasCluster reports whether the directory is a cluster.
func (p programs) hasCluster(data string) bool {
	major, err := clusterVersion(data)
	return err == nil && major == p.major
}

// initdb fills the directory. Everybody who reaches the socket may connect as
// anybody (trust): the directory of the socket decides who that is.
func initdb(ctx context.Context, cfg Config, a account, progs programs, dir string) error {
	args := []string{"--pgdata=" + dir, "--username=" + Superuser, "--auth=trust", "--encoding=UTF8",
		"--data-checksums", "--no-instructions"}
	if cfg.Unsafe {
		args = append(args, "--no-sync")
	}
	for _, locale := range locales {
		out, err := run(a.command(ctx, progs.path("initdb"), append(args, "--locale="+locale)...))
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !strings.Contains(out, "invalid locale"):
			return explain("initdb", err, out)
		}
	}
	return fmt.Errorf("initdb accepts none of the locales %s", strings.Join(locales, ", "))
}
