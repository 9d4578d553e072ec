package config

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// LoadOrCreateSecret returns the key in dataDir/secret.key and makes it first
// when there is none, readable by its owner only. It serves development;
// production wants SECRET_KEY. A file that is damaged is an error: a new key
// in its place would sign everybody out without a word.
func LoadOrCreateSecret(dataDir string) (SecretKey, error) {
	path := filepath.Join(dataDir, "secret.key")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createSecret(dataDir, path); err != nil {
			return nil, fmt.Errorf("make %s: %w", path, err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	var key SecretKey
	if err := key.UnmarshalText(bytes.TrimRight(text, "\r\n")); err != nil {
		return nil, fmt.Errorf("%s: want 32 or more bytes in base64; delete the file to get a new key, which signs everybody out", path)
	}
	return key, nil
}

// createSecret puts a new key at path unless another process was quicker: the
// link is made of a file that is complete and fails when path exists, so all
// processes read the same key and nobody reads half of one.
func createSecret(dataDir, path string) error {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dataDir, "secret.key.*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	key := make([]byte, secretKeyMin)
	rand.Read(key) // never fails, see its documentation
	_, err = file.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
