package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// Problem is one reason why the program does not start: a setting and the
// values that it accepts.
type Problem struct {
	Name  string
	Wants string
}

// String returns the problem as one line. It never contains a secret.
func (p Problem) String() string { return p.Name + ": " + p.Wants }

// problems collects at most one Problem for each name. It keeps the first,
// which is closest to the cause.
type problems struct{ list []Problem }

func (p *problems) add(name, wants string) {
	if !p.has(name) {
		p.list = append(p.list, Problem{name, wants})
	}
}

func (p *problems) has(name string) bool {
	return slices.ContainsFunc(p.list, func(known Problem) bool { return known.Name == name })
}

// inOrder returns the problems in the order of the settings.
func (p *problems) inOrder() []Problem {
	names := settingNames()
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(slices.Index(names, a.Name)-slices.Index(names, b.Name), strings.Compare(a.Name, b.Name))
	})
	return p.list
}

// refusal returns the sentence for a value that field refuses. It quotes the
// value, unless the value may contain a password: a file may be that of a secret.
func refusal(field reflect.StructField, vars map[string]string, cause error) string {
	name, wants := field.Tag.Get("env"), "wants "+field.Tag.Get("wants")
	value := vars[name]
	if how := (advice{}); errors.As(cause, &how) {
		return wants + "; " + how.Error()
	}
	if strings.HasPrefix(value, "tcp://") {
		return fmt.Sprintf("%s, not %.60q; Kubernetes sets it for a Service of that name: set it, or enableServiceLinks: false", wants, value)
	}
	if isSecret(field.Type) || strings.Contains(value, "@") || vars[name+"_FILE"] != "" {
		return wants
	}
	return fmt.Sprintf("%s, not %.60q", wants, value)
}

func isSecret(t reflect.Type) bool {
	return slices.Contains([]reflect.Type{
		reflect.TypeFor[secretURL](), reflect.TypeFor[SecretKey](), reflect.TypeFor[secretText](), reflect.TypeFor[sentryDSN](),
		reflect.TypeFor[smtpURL](),
	}, t)
}

// readDotEnv adds to vars the variables of dir/.env that the environment does
// not set. It reads the file in development only: in production, a file left
// beside the binary must have no effect.
func (p *problems) readDotEnv(vars map[string]string, dir string) {
	if env := vars["APP_ENV"]; env != "" && env != string(development) {
		return
	}
	file, err := os.ReadFile(filepath.Join(dir, ".env"))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		p.add(".env", "wants to be readable, or away")
		return
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff")) // a byte order mark
	lines, err := godotenv.UnmarshalBytes(file)
	if err != nil { // the error's text quotes a part of the file, which may be a secret
		p.add(".env", "wants lines of NAME=value; a value with spaces, # or $ stands in single quotes")
		return
	}
	p.expanded(file, lines)
	p.readFiles(lines)
	if env := lines["APP_ENV"]; env != "" && env != string(development) {
		p.add(".env", "wants no APP_ENV but development: the file is read in development only, set APP_ENV in the environment")
		return
	}
	for name, value := range lines {
		if vars[name] == "" {
			vars[name] = value
		}
	}
}

// expanded adds a problem for each value of a .env file in which a $ begins a
// variable: godotenv replaces it, so that the password pa$WORD would become pa.
func (p *problems) expanded(file []byte, lines map[string]string) {
	const dollar = "\ufdd0" // a character that no value has
	kept, _ := godotenv.UnmarshalBytes(bytes.ReplaceAll(file, []byte("$"), []byte(dollar)))
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		if strings.ReplaceAll(kept[name], dollar, "$") != lines[name] {
			p.add(name, "has a $ in .env: put the value in single quotes")
		}
	}
}

// ownPrefixes has the prefixes of settings that no other program uses. A name
// is refused only when it differs from such a setting by a typing error.
// Variables of other programs, and those that Kubernetes sets for a service
// called stoa or db, are ignored.
var ownPrefixes = []string{"DB_", "LIMIT_", "PASSWORD_", "SECRET_KEY", "TRUSTED_", "ALLOWED_", "BCRYPT_", "EMBEDDED_", "DATABASE_OWNER_", "BLOB_", "SMTP_", "STOA_"}

// misspelled adds a problem for each variable named like a setting with a typing
// error. Otherwise a limit or a trusted proxy would be missing without notice.
func (p *problems) misspelled(vars map[string]string) {
	names := settingNames()
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if slices.Contains(names, name) {
			continue
		}
		for _, known := range names {
			own := slices.ContainsFunc(ownPrefixes, func(prefix string) bool { return strings.HasPrefix(known, prefix) })
			if own && distance(name, known) <= len(known)/5 {
				p.add(name, "is not a setting; "+known+" is one, so rename it or unset it")
			}
		}
	}
}

// distance is the number of bytes to insert, delete or replace to turn a into
// b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
