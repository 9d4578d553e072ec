package config

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var encoding = base64.StdEncoding

func randomKey() []byte {
	key := make([]byte, secretKeyMin)
	rand.Read(key)
	return key
}

func TestLoadOrCreateSecret_KeepsOneKeyForItsOwner(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first, err := LoadOrCreateSecret(dir)
	if err != nil || len(first) != secretKeyMin || patterned(first) {
		t.Fatalf("LoadOrCreateSecret: %d bytes, %v", len(first), err)
	}
	second, err := LoadOrCreateSecret(dir)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("the second call returned another key, %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, "secret.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Fatalf("%d files in the directory, %v; want the key file only", len(files), err)
	}
}

func TestLoadOrCreateSecret_SameKeyForConcurrentStarts(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		keys := make([]SecretKey, 16)
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range keys {
			all.Go(func() {
				<-start
				key, err := LoadOrCreateSecret(dir)
				if err != nil {
					t.Error(err)
				}
				keys[i] = key
			})
		}
		close(start)
		all.Wait()
		for _, key := range keys {
			if !bytes.Equal(key, keys[0]) {
				t.Fatal("concurrent starts created two keys")
			}
		}
	}
}

func TestLoadOrCreateSecret_DamagedFileIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "secret.key")
	if err := os.WriteFile(path, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := LoadOrCreateSecret(dir)
	if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("LoadOrCreateSecret = %v, want an error with the file's path and without its content", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "hunter2\n" {
		t.Fatalf("the file now contains %q", text)
	}
}
