//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// locales are tried in this order. The first knows all characters of Unicode and
// sorts text by its bytes. The others replace it on systems without it.
var locales = []string{"C.UTF-8", "en_US.UTF-8", "C"}

// createCluster creates the cluster if there is none. It works in a directory
// beside the final one and renames it when the cluster is complete, so that an
// incomplete cluster is never used. It never removes existing data.
func createCluster(ctx context.Context, cfg Config, p paths, a account, progs programs) error {
	entries, err := os.ReadDir(p.data)
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return notWritable(p.data, err)
	case progs.hasCluster(p.data):
		return nil
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty and holds no PostgreSQL cluster: move it away (it has not been touched)", p.data)
	}
	cfg.Log.InfoContext(ctx, "creating a new private PostgreSQL", "version", progs.version, "data", p.data)
	stage := p.data + ".new"
	if err := os.RemoveAll(stage); err != nil {
		return notWritable(stage, err)
	}
	defer os.RemoveAll(stage) // after the rename it no longer exists
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

// initdb creates the cluster's files in the directory. Every process that can
// reach the socket may connect as any role (trust): the mode of the socket's
// directory limits access to its owner.
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
