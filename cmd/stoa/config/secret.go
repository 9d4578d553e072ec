package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// LoadOrCreateSecret returns the key in dataDir/secret.key. It creates the file
// when it is missing, readable by its owner only. This is for development;
// production requires SECRET_KEY. A damaged file is an error and is not
// replaced: a new key would sign all users out without notice.
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
	if err := key.UnmarshalText([]byte(trimmed(string(text)))); err != nil {
		return nil, fmt.Errorf("%s: want 32 or more bytes in base64; delete the file to get a new key, which signs all users out", path)
	}
	return key, nil
}

// createSecret writes a new key to path, unless another process does so first.
// It links a complete temporary file to path, and the link fails when path
// exists. All processes therefore read the same, complete key.
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
