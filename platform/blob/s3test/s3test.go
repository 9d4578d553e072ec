// Package s3test runs a real S3 server for tests: the versitygw that `make setup`
// builds into .cache, with its own port and directory.
package s3test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"stoa/platform/blob"
	"stoa/platform/freeport"
	"stoa/platform/waittest"
)

// Bucket is the name of the existing bucket.
const Bucket = "stoa-test"

// Access has the keys that the server accepts.
var Access = blob.Keys{ID: "test-access", Secret: "test-secret-that-is-long-enough"}

// Server is a running server.
type Server struct {
	Endpoint string // http://host:port
	Dir      string // the directory that has the objects as files
	cmd      *exec.Cmd
}

// URL returns the setting BLOB_URL for the bucket.
func (s *Server) URL() string { return "s3://" + Bucket + "?endpoint=" + s.Endpoint }

// Location returns the location of the bucket.
func (s *Server) Location(t testing.TB) blob.Location {
	t.Helper()
	var l blob.Location
	if err := l.UnmarshalText([]byte(s.URL())); err != nil {
		t.Fatal(err)
	}
	return l
}

// Start starts a server with an empty bucket and stops it at the end of the test.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := find()
	if err != nil {
		t.Fatal(err)
	}
	data, side := t.TempDir(), t.TempDir() // the second replaces extended attributes
	s := &Server{Endpoint: "http://" + free(t), Dir: filepath.Join(data, Bucket)}
	if err := os.Mkdir(s.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(program, "--port", s.Endpoint[len("http://"):], "--quiet", "posix", "--sidecar", side, data)
	s.cmd.Env = []string{"ROOT_ACCESS_KEY=" + Access.ID, "ROOT_SECRET_KEY=" + Access.Secret}
	pdeathsig(s.cmd)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	waittest.Until(t, "the S3 server", s.responds)
	return s
}

// Stop ends the server.
func (s *Server) Stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *Server) responds() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	res.Body.Close()
	return true
}

func free(t testing.TB) string {
	t.Helper()
	port, err := freeport.Get()
	if err != nil {
		t.Fatal(err)
	}
	return "127.0.0.1:" + port
}

var errMissing = errors.New(".cache/versitygw, the S3 server of the tests, is missing: `make setup` builds it")

// find returns the path of the program. It searches from the folder of the test
// upward.
func find() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		program := filepath.Join(dir, ".cache", "versitygw")
		if _, err := os.Stat(program); err == nil {
			return program, nil
		}
	}
	return "", errMissing
}
