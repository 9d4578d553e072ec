package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readFiles reads each setting for which NAME_FILE names a file. Docker and Kubernetes
// mount secrets as files. Names of one word, such as PORT_FILE, may be those of other
// programs.
func (p *problems) readFiles(vars map[string]string) {
	for _, name := range settingNames() {
		path := vars[name+"_FILE"]
		if path == "" || !strings.Contains(name, "_") {
			continue
		}
		if vars[name] != "" {
			p.add(name, "wants to be unset beside "+name+"_FILE")
			continue
		}
		text, err := textOf(os.ReadFile(path)) //nolint:gosec // G703: file names come from the settings, never from a request
		if err != nil {
			p.add(name, fmt.Sprintf("cannot be read from %.200q, the file of %s_FILE: %s", path, name, err))
			continue
		}
		vars[name] = text
	}
}

// textOf returns the content of a file without the byte order mark and the white space
// around it, or why the file cannot be used, without its path.
func textOf(content []byte, err error) (string, error) {
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return "", failed.Err
	}
	text := trimmed(string(content))
	switch {
	case err != nil:
		return "", err
	case !utf8.ValidString(text):
		return "", errors.New("the file is not text in UTF-8")
	case text == "":
		return "", errors.New("the file is empty")
	}
	return text, nil
}

// trimSecrets removes the byte order mark and the white space around secrets, which
// contain none.
func trimSecrets(vars map[string]string) {
	for field := range settings() {
		name := field.Tag.Get("env")
		if text := trimmed(vars[name]); isSecret(field.Type) && text != "" {
			vars[name] = text
		}
	}
}

func trimmed(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return r == '\ufeff' || unicode.IsSpace(r) })
}

// quotedValue matches a value in quotes, straight ones or those of a text processor.
var quotedValue = regexp.MustCompile("(?s)^(\".*\"|'.*'|`.*`|“.*”|‘.*’)$")

// quoted adds a problem for each value in quotes, and each secret with a comment.
// Shells and .env files remove both; docker run --env-file and files of secrets keep
// them.
func (p *problems) quoted(vars map[string]string) {
	for _, name := range settingNames() {
		if quotedValue.MatchString(trimmed(vars[name])) {
			p.add(name, "wants its value without the quotes around it: docker run --env-file and files keep them")
		}
		if isSecret(setting(name).Type) && strings.Contains(vars[name], " #") {
			p.add(name, "wants its value without the comment behind it: docker run --env-file and files keep it")
		}
	}
}
