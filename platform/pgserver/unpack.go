//go:build unix

package pgserver

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json/v1"
)

// unpack extracts the directory native of the package into dir and creates the
// symbolic links, which npm archives cannot contain. It writes nothing outside dir.
func unpack(archive, dir string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for entries := tar.NewReader(unzipped); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return link(root)
		}
		if err != nil {
			return err
		}
		name, ok := strings.CutPrefix(header.Name, "package/")
		if ok && strings.HasPrefix(name, "native/") && header.Typeflag == tar.TypeReg {
			if err := writeEntry(root, name, header, entries); err != nil {
				return err
			}
		}
	}
}

// writeEntry writes one file. It is readable, and executable if the file in the
// archive is.
func writeEntry(root *os.Root, name string, header *tar.Header, content io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, header.FileInfo().Mode().Perm()&0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

// link creates the symbolic links that the package lists.
func link(root *os.Root) error {
	content, err := root.ReadFile("native/pg-symlinks.json")
	if err != nil {
		return err
	}
	var links []struct {
		Source string // the file
		Target string // the link's name
	}
	if err := json.Unmarshal(content, &links); err != nil {
		return err
	}
	for _, l := range links {
		to, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil {
			return err
		}
		if err := root.Symlink(to, l.Target); err != nil {
			return err
		}
	}
	return nil
}
