//go:build unix

package pgserver

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// installHint returns the command that installs PostgreSQL on this system. Major 0
// stands for any version.
func installHint(major int) string {
	version := ""
	if major != 0 {
		version = fmt.Sprint(major)
	}
	if runtime.GOOS == "darwin" {
		if version == "" {
			version = "17"
		}
		return "brew install postgresql@" + version
	}
	file, err := os.Open("/etc/os-release")
	if err != nil {
		return installHintFor(nil, version)
	}
	defer file.Close()
	var ids []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "=")
		if name == "ID" || name == "ID_LIKE" {
			ids = append(ids, strings.Fields(strings.Trim(value, `"`))...)
		}
	}
	return installHintFor(ids, version)
}

// installHintFor returns the command for a distribution; ids are the values of ID
// and ID_LIKE in os-release.
func installHintFor(ids []string, version string) string {
	for _, id := range ids {
		switch id {
		case "debian", "ubuntu":
			if version != "" {
				version = "-" + version
			}
			return "apt install postgresql" + version
		case "fedora", "rhel", "centos":
			return "dnf install postgresql-server"
		case "alpine":
			return "apk add postgresql" + version
		case "arch":
			return "pacman -S postgresql"
		case "suse", "opensuse":
			return "zypper install postgresql" + version + "-server"
		}
	}
	return "install PostgreSQL from https://www.postgresql.org/download/"
}
