package blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"stoa/platform/blob"
	"stoa/platform/blob/s3test"
	"stoa/platform/fault"
)

func open(t *testing.T, c blob.Config) blob.Store {
	t.Helper()
	store, err := blob.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func bucket(t *testing.T, s *s3test.Server) blob.Store {
	t.Helper()
	return open(t, blob.Config{Location: s.Location(t), Keys: s3test.Access})
}

func directory(t *testing.T, path string) blob.Store {
	t.Helper()
	return open(t, blob.Config{Dir: path})
}

// Both stores fulfil the same contract.
func TestStore(t *testing.T) {
	t.Parallel()
	for name, newStore := range map[string]func(*testing.T) blob.Store{
		"directory": func(t *testing.T) blob.Store { return directory(t, filepath.Join(t.TempDir(), "files")) },
		"S3":        func(t *testing.T) blob.Store { return bucket(t, s3test.Start(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newStore(t)
			for rule, check := range contract {
				t.Run(rule, func(t *testing.T) { check(t, store) })
			}
		})
	}
}

var contract = map[string]func(*testing.T, blob.Store){
	"round trip":        roundTrip,
	"replaced":          replaced,
	"missing":           missing,
	"deleted":           deleted,
	"invalid names":     invalidNames,
	"too large":         tooLarge,
	"concurrent writes": concurrentWrites,
	"probe": func(t *testing.T, s blob.Store) {
		if err := blob.Probe(t.Context(), s, "probe/a.txt"); err != nil {
			t.Errorf("Probe = %v", err)
		}
	},
}

func put(t *testing.T, s blob.Store, name string, body []byte) {
	t.Helper()
	if err := s.Put(t.Context(), name, body); err != nil {
		t.Fatalf("Put(%s) = %v", name, err)
	}
}

func wantFile(t *testing.T, s blob.Store, name, kind string, body []byte) {
	t.Helper()
	got, err := s.Get(t.Context(), name)
	if err != nil || got.Type != kind || !bytes.Equal(got.Body, body) {
		t.Errorf("Get(%s) = %s, %d bytes, %v; want %s, %d bytes", name, got.Type, len(got.Body), err, kind, len(body))
	}
}

func wantNone(t *testing.T, s blob.Store, name string) {
	t.Helper()
	if got, err := s.Get(t.Context(), name); !errors.Is(err, blob.ErrNotFound) || got.Body != nil {
		t.Errorf("Get(%q) = %d bytes, %v; want ErrNotFound", name, len(got.Body), err)
	}
}

func roundTrip(t *testing.T, s blob.Store) {
	every := make([]byte, 256<<10)
	for i := range every {
		every[i] = byte(i)
	}
	for name, kind := range map[string]string{"a.png": "image/png", "deep/er/file-1.jpg": "image/jpeg"} {
		put(t, s, name, every)
		wantFile(t, s, name, kind, every)
	}
	put(t, s, "empty.png", nil)
	wantFile(t, s, "empty.png", "image/png", nil)
}

func replaced(t *testing.T, s blob.Store) {
	put(t, s, "r/file.png", []byte("a long first text"))
	put(t, s, "r/file.png", []byte("second"))
	wantFile(t, s, "r/file.png", "image/png", []byte("second"))
}

func missing(t *testing.T, s blob.Store) {
	wantNone(t, s, "none.png")
	wantNone(t, s, "no/such/place.png")
	if err := s.Delete(t.Context(), "no/such/place.png"); err != nil {
		t.Errorf("Delete of a missing file = %v, want nil", err)
	}
}

func deleted(t *testing.T, s blob.Store) {
	put(t, s, "d/one.png", []byte("one"))
	put(t, s, "d/two.png", []byte("two"))
	if err := s.Delete(t.Context(), "d/one.png"); err != nil {
		t.Fatal(err)
	}
	wantNone(t, s, "d/one.png")
	wantFile(t, s, "d/two.png", "image/png", []byte("two"))
}

func invalidNames(t *testing.T, s blob.Store) {
	for _, name := range []string{
		"", "/", ".", "..", "../out.png", "a/../../out.png", "/etc/out.png", "a//b.png", "a/.hidden.png", `a\b.png`,
		"A.png", "a b.png", "a\x00.png", "a.exe", "a", "a.png/", "%2e%2e/a.png", "ä.png",
	} {
		if err := s.Put(t.Context(), name, []byte("x")); err == nil {
			t.Errorf("Put(%q) = nil, want an error", name)
		}
		wantNone(t, s, name)
		if err := s.Delete(t.Context(), name); err == nil {
			t.Errorf("Delete(%q) = nil, want an error", name)
		}
	}
}

func tooLarge(t *testing.T, s blob.Store) {
	if err := s.Put(t.Context(), "large.png", make([]byte, 16<<20+1)); err == nil {
		t.Error("Put of more than 16 MiB = nil, want an error")
	}
	wantNone(t, s, "large.png")
}

// Of two concurrent writers one wins. No reader gets a part of each file.
func concurrentWrites(t *testing.T, s blob.Store) {
	bodies := map[byte][]byte{'a': bytes.Repeat([]byte("a"), 100_000), 'b': bytes.Repeat([]byte("b"), 200_000)}
	put(t, s, "t.png", bodies['a'])
	var writers sync.WaitGroup
	for _, body := range bodies {
		writers.Go(func() {
			for range 5 {
				if err := s.Put(t.Context(), "t.png", body); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		file, err := s.Get(t.Context(), "t.png")
		if err != nil || len(file.Body) == 0 || !bytes.Equal(file.Body, bodies[file.Body[0]]) {
			t.Errorf("Get = %d bytes, %v; want one of the two", len(file.Body), err)
		}
	}
	writers.Wait()
}

func TestDir_Private(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "files")
	s := directory(t, root)
	put(t, s, "a/b.png", []byte("x"))
	for name, want := range map[string]os.FileMode{"": os.ModeDir | 0o700, "a": os.ModeDir | 0o700, "a/b.png": 0o600} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(root, "a", ".*")); len(left) > 0 {
		t.Errorf("partial files remain: %v", left)
	}
}

// A symbolic link in the directory is not followed out of it.
func TestDir_LinkOut(t *testing.T) {
	t.Parallel()
	root, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.png"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "a")); err != nil {
		t.Fatal(err)
	}
	s := directory(t, root)
	if file, err := s.Get(t.Context(), "a/secret.png"); err == nil {
		t.Errorf("Get through a link = %q, want an error", file.Body)
	}
	if err := s.Put(t.Context(), "a/new.png", []byte("x")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Put through a link = %v, want Unavailable", err)
	}
	if err := s.Delete(t.Context(), "a/secret.png"); err == nil {
		t.Error("Delete through a link = nil, want an error")
	}
}

func TestDir_NotWritable(t *testing.T) {
	t.Parallel()
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, directory(t, filepath.Join(inTheWay, "files")))
}

func wantUnavailable(t *testing.T, s blob.Store) {
	t.Helper()
	_, errGet := s.Get(t.Context(), "a.png")
	for verb, err := range map[string]error{
		"Put": s.Put(t.Context(), "a.png", []byte("x")), "Get": errGet, "Delete": s.Delete(t.Context(), "a.png"),
		"Probe": blob.Probe(t.Context(), s, "a.txt"),
	} {
		if f := fault.As(err); f == nil || f.Kind != fault.Unavailable || f.Code != "storage_unavailable" || f.RetryAfter <= 0 {
			t.Errorf("%s = %v, want storage_unavailable", verb, err)
		}
	}
}

func TestS3_Away(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	store := bucket(t, server)
	put(t, store, "a.png", []byte("x"))
	server.Stop()
	wantUnavailable(t, store)
}

func TestS3_WrongKeyOrBucket(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	location := server.Location(t)
	wantUnavailable(t, open(t, blob.Config{Location: location, Keys: blob.Keys{ID: s3test.Access.ID, Secret: "another"}}))
	location.Bucket = "no-such-bucket"
	_, err := open(t, blob.Config{Location: location, Keys: s3test.Access}).Get(t.Context(), "a.png")
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("Get from no bucket = %v, want Unavailable: the bucket is missing, not a file", err)
	}
}

// A server that accepts connections and never responds causes Unavailable before
// the deadline of the caller.
func TestS3_Silent(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	var l blob.Location
	if err := l.UnmarshalText(fmt.Appendf(nil, "s3://bucket?endpoint=http://%s", silent.Addr())); err != nil {
		t.Fatal(err)
	}
	store := open(t, blob.Config{Location: l, Keys: s3test.Access})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := store.Get(ctx, "a.png"); !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
		t.Errorf("Get = %v, want Unavailable long before the caller's minute is over", err)
	}
}

func TestLocation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]blob.Location{
		"file":                             {},
		"s3://bucket":                      {Bucket: "bucket", Endpoint: "s3.us-east-1.amazonaws.com", Secure: true, Region: "us-east-1"},
		"s3://bucket?region=eu-central-1":  {Bucket: "bucket", Endpoint: "s3.eu-central-1.amazonaws.com", Secure: true, Region: "eu-central-1"},
		"s3://b-1?endpoint=s3.example.com": {Bucket: "b-1", Endpoint: "s3.example.com", Secure: true, Region: "us-east-1"},
		"s3://b-1?endpoint=http://127.0.0.1:9000&region=us-east-2": {Bucket: "b-1", Endpoint: "127.0.0.1:9000", Region: "us-east-2"},
		"s3://b-1?endpoint=https%3A%2F%2Fs3.example.com%2F":        {Bucket: "b-1", Endpoint: "s3.example.com", Secure: true, Region: "us-east-1"},
	} {
		var got blob.Location
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s = %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestLocation_Refused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "File", "files", "file:///tmp", "/tmp", "s3", "s3:", "s3://", "s3://B", "s3://bucket/prefix", "s3://bucket:9000", "s3://a.b",
		"s3://id:secret@bucket", "s3://bucket#x", "http://bucket", "s3://bucket?endpoint=ftp://x", "s3://bucket?endpoint=", "s3://bucket?region=",
		"s3://bucket?region=a/b", "s3://bucket?endpoint=http://x/path", "s3://bucket?endpoint=http://u:p@x", "s3://bucket?other=x",
		"s3://bucket?region=a&region=b", "s3://bucket?endpoint=https://x?y", "s3://bucket?endpoint=http://", "s3://bucket?%zz",
	} {
		var got blob.Location
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q = %+v, want an error", text, got)
		}
	}
}
